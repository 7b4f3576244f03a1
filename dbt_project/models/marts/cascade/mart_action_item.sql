select
    a.action_id, a.title, a.title_zh, a.owner_employee_id, a.org_unit_id, a.metric_id, a.review_item_id, i.review_id, i.cause_class,
    a.opened_on, a.due_on, a.done_on, a.effect, a.effect_note,
    case
        when a.done_on is not null and a.done_on <= a.due_on then 'done'
        when a.done_on is not null then 'done_late'
        when a.due_on < {{ run_setting('as_of') }} then 'overdue'
        else 'open'
    end as state,
    cast(greatest(coalesce(a.done_on, {{ run_setting('as_of') }}) - a.due_on, 0) as integer) as days_late
from {{ ref('stg_library__action_items') }} as a
left join {{ ref('stg_library__review_items') }} as i on a.review_item_id = i.review_item_id
where a.opened_on <= {{ run_setting('as_of') }}
