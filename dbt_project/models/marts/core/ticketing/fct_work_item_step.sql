-- A step has passed first time when its only verdict is that it passed: whoever had to do it again has not.
with verdict as (
    select
        work_item_id,
        step,
        count(*) as verdicts,
        bool_and(outcome = 'passed') as is_passed,
        max(occurred_at) as last_verdict_at,
        arg_max(employee_id, occurred_at) as employee_id,
        arg_min(_source, occurred_at) as _source,
        arg_min(_source_file, occurred_at) as _source_file,
        arg_min(_source_row, occurred_at) as _source_row
    from {{ ref('stg_ticketing__work_item_events') }}
    where outcome in ('passed', 'failed')
    group by work_item_id, step
)

select
    verdict.work_item_id,
    verdict.step,
    person.employee_id,
    verdict.employee_id as source_employee_id,
    unit.org_unit_id,
    {{ local_date('verdict.last_verdict_at') }} as judged_on,
    verdict.verdicts = 1 and verdict.is_passed as is_passed_first_time,
    {{ source_row('verdict') }}
from verdict
left join {{ ref('stg_ticketing__work_items') }} as item on verdict.work_item_id = item.work_item_id
left join {{ ref('int_hr__known_employee') }} as person on verdict.employee_id = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on item.org_unit_id = unit.org_unit_id
