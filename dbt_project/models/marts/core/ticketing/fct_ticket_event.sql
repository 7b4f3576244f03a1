select
    event.event_id,
    event.ticket_id,
    {{ local_date('event.occurred_at') }} as occurred_on,
    event.occurred_at,
    event.event_type,
    event.status_class,
    person.employee_id,
    event.actor_id as source_employee_id,
    unit.org_unit_id,
    event.is_by_bot,
    event.is_reopening,
    {{ source_row('event') }}
from {{ ref('int_ticketing__ticket_event') }} as event
left join {{ ref('int_hr__known_employee') }} as person on event.actor_id = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on event.org_unit_id = unit.org_unit_id
