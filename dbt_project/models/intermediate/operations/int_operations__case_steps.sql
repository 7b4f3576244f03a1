-- Waiting for an approval is all the time between its arrival and its decision.
select
    case_id,
    min(started_at) as first_started_at,
    max(finished_at) as last_finished_at,
    cast(sum(work_hours) filter (where is_value_adding) as decimal(18, 4)) as value_adding_hours,
    cast(count(*) filter (where step_kind = 'approval') as integer) as approval_steps,
    cast(coalesce(sum(step_hours) filter (where step_kind = 'approval'), 0) as decimal(18, 4)) as approval_wait_hours,
    bool_or(attempt_number > 1 or outcome = 'failed') as is_reworked
from {{ ref('int_operations__step_execution') }}
group by case_id
