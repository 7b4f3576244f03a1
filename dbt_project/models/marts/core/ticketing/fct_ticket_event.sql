{{ config(
    materialized='keyed', key='occurred_on', by_key=['int_ticketing__ticket_event'],
    looked_up={'int_hr__known_employee': {'employee_id': 'source_employee_id'}},
) }}

-- Somebody's first event of a day stands for the day that the person worked on tickets.
with first_of_day as (
    select arg_min(event_id, (occurred_at, event_id)) as event_id
    from {{ ref('int_ticketing__ticket_event') }}
    where actor_id is not null and not is_by_bot
    group by actor_id, occurred_on
)

select
    event.event_id,
    event.ticket_id,
    event.occurred_on,
    event.occurred_at,
    event.event_type,
    event.status_class,
    person.employee_id,
    event.actor_id as source_employee_id,
    unit.org_unit_id,
    event.is_by_bot,
    first_of_day.event_id is not null as is_agent_day,
    event.is_reopening,
    {{ source_row('event') }}
from {{ ref('int_ticketing__ticket_event') }} as event
left join {{ ref('int_hr__known_employee') }} as person on event.actor_id = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on event.org_unit_id = unit.org_unit_id
left join first_of_day on event.event_id = first_of_day.event_id
