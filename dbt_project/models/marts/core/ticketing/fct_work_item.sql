with dated as (
    select
        *,
        {{ local_date('created_at') }} as created_on,
        {{ local_date('completed_at') }} as completed_on
    from {{ ref('stg_ticketing__work_items') }}
)

select
    item.work_item_id,
    item.item_type,
    person.employee_id,
    item.assignee_id as source_employee_id,
    unit.org_unit_id,
    item.created_on,
    item.due_on,
    item.completed_on,
    item.status_class,
    item.completed_at is not null as is_completed,
    coalesce(item.due_on <= {{ run_setting('as_of') }}, false) as is_due,
    case when item.due_on is not null then coalesce(item.completed_on <= item.due_on, false) end as is_on_time,
    item.rework_count > 0 as is_reworked,
    item.lines_changed,
    {{ hours_between('item.created_at', 'item.completed_at') }} as lead_hours,
    {{ source_row('item') }}
from dated as item
left join {{ ref('int_hr__known_employee') }} as person on item.assignee_id = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on item.org_unit_id = unit.org_unit_id
