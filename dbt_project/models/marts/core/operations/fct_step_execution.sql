select
    step.execution_id,
    step.case_id,
    process_case.process,
    coalesce(process_case.is_key_process, false) as is_key_process,
    step.stage,
    step.step_kind,
    person.employee_id,
    step.employee_id as source_employee_id,
    unit.org_unit_id,
    {{ local_date('step.received_at') }} as received_on,
    {{ local_date('step.finished_at') }} as finished_on,
    step.finished_at is not null as is_finished,
    coalesce(step.is_automatable, false) as is_automatable,
    coalesce(step.actor_type = 'bot', false) as is_by_bot,
    step.finished_at is not null and step.outcome is not null and step.attempt_number = 1 as is_first_attempt,
    coalesce(step.attempt_number = 1 and step.outcome = 'passed', false) as is_passed_first_time,
    case when step.finished_at is not null and step.outcome is not null then step.outcome = 'failed' end as is_failed,
    step.is_hand_off,
    step.is_hand_off and step.is_key_matched as is_digital_hand_off,
    step.work_hours,
    {{ source_row('step') }}
from {{ ref('int_operations__step_execution') }} as step
left join {{ ref('stg_operations__process_cases') }} as process_case on step.case_id = process_case.case_id
left join {{ ref('int_hr__known_employee') }} as person on step.employee_id = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on step.org_unit_id = unit.org_unit_id
