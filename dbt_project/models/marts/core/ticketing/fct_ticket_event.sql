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
    not event.is_by_bot
    and event.actor_id is not null
    and row_number() over (
        partition by event.actor_id, event.is_by_bot, {{ local_date('event.occurred_at') }}
        order by event.occurred_at, event.event_id
    ) = 1 as is_agent_day,
    event.is_reopening,
    {{ source_row('event') }}
from {{ ref('int_ticketing__ticket_event') }} as event
left join {{ ref('int_hr__known_employee') }} as person on event.actor_id = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on event.org_unit_id = unit.org_unit_id
