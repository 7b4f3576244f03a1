{{ config(materialized='view') }}

-- A hand-off is every execution of a case but its first. It is digital when the machine key that came with it is found
-- among the executions of the same case.
select
    step.*,
    row_number() over (partition by step.case_id order by step.received_at, step.execution_id) > 1 as is_hand_off,
    before.execution_id is not null as is_key_matched,
    {{ hours_between('step.started_at', 'step.finished_at') }} as work_hours,
    {{ hours_between('step.received_at', 'step.finished_at') }} as step_hours
from {{ ref('stg_operations__step_executions') }} as step
left join {{ ref('stg_operations__step_executions') }} as before
    on step.previous_execution_id = before.execution_id and step.case_id = before.case_id
