{{ config(materialized='keyed', key='ticket_id', by_key=['int_ticketing__ticket_event', 'stg_ticketing__tickets']) }}

-- Tickets that the source does not state itself.
-- Resolved is where the last unbroken stretch of resolved or closed begins, so that a reopened ticket is resolved again
-- later or not at all. What the events cannot tell (priority, channel, targets) stays unknown.
with logged as (
    select event.*
    from {{ ref('int_ticketing__ticket_event') }} as event
    where event.ticket_id not in (select ticket.ticket_id from {{ ref('stg_ticketing__tickets') }} as ticket)
),

stretched as (
    select
        *,
        max(case when status_after in ('resolved', 'closed') then 0 else event_number end)
            over (partition by ticket_id) as last_unresolved_number,
        max(event_number) over (partition by ticket_id) as last_number
    from logged
),

-- The first answer is the first contact with the customer; a log without contacts shows it by the ticket being taken up.
summed as (
    select
        ticket_id,
        min(occurred_at) as created_at,
        max(case when event_number = last_number then status_after end) as status_class,
        min(case when event_type = 'contact' then occurred_at end) as first_contact_at,
        min(case when status_class in ('open', 'pending', 'resolved', 'closed') then occurred_at end) as taken_up_at,
        min(case when event_number > last_unresolved_number then occurred_at end) as resolved_at,
        min(
            case when event_number > last_unresolved_number and status_class = 'closed' then occurred_at end
        ) as closed_at,
        min(case when event_number > last_unresolved_number then event_number end) as resolving_number,
        cast(count(*) filter (where is_reopening) as integer) as reopen_count,
        count(*) filter (where event_type = 'contact') as all_contacts,
        count(*) filter (
            where event_type = 'contact' and event_number <= last_unresolved_number + 1
        ) as contacts_to_resolution,
        max(support_level) filter (where event_number <= last_unresolved_number + 1) as highest_level,
        min(case when event_type = 'assigned' then event_number end) as first_assigned_number,
        coalesce(
            sum({{ hours_between('occurred_at', 'next_event_at') }}) filter (where status_after = 'pending'), 0
        ) as pending_hours
    from stretched
    group by ticket_id
),

-- Whoever resolved it, else the last person who touched it; a machine is not a handler.
handled as (
    select
        event.ticket_id,
        event.actor_id as handler_id,
        event.org_unit_id,
        row_number() over (partition by event.ticket_id order by event.event_number desc) as recency
    from logged as event
    inner join summed on event.ticket_id = summed.ticket_id
    where
        event.actor_id is not null
        and not event.is_by_bot
        and (summed.resolving_number is null or event.event_number <= summed.resolving_number)
)

select
    summed.ticket_id,
    summed.created_at,
    coalesce(summed.first_contact_at, summed.taken_up_at) as first_responded_at,
    summed.resolved_at,
    summed.closed_at,
    coalesce(summed.status_class, 'new') as status_class,
    handled.handler_id,
    handled.org_unit_id,
    cast(case when summed.all_contacts > 0 then summed.contacts_to_resolution end as integer) as contact_count,
    summed.reopen_count,
    cast(summed.pending_hours as decimal(18, 4)) as pending_hours,
    summed.highest_level,
    assignment.is_by_bot as is_auto_assigned,
    first_event._source,
    first_event._source_file,
    first_event._source_row
from summed
inner join logged as first_event
    on summed.ticket_id = first_event.ticket_id and first_event.event_number = 1
left join handled on summed.ticket_id = handled.ticket_id and handled.recency = 1
left join logged as assignment
    on summed.ticket_id = assignment.ticket_id and summed.first_assigned_number = assignment.event_number
