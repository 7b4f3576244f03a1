{{ config(materialized='keyed', key='ticket_id', by_key=['stg_ticketing__ticket_events']) }}

-- The class of status a ticket had before each event: events that set no status leave it as it was.
-- Within one instant the order of the source's rows decides. One order for all of it: the log is long.
select
    event_id,
    ticket_id,
    cast(event_number as integer) as event_number,
    occurred_at,
    {{ local_date('occurred_at') }} as occurred_on,
    next_event_at,
    event_type,
    status_class,
    status_before,
    status_after,
    coalesce(
        status_before in ('resolved', 'closed') and status_after in ('new', 'open', 'pending'), false
    ) as is_reopening,
    nullif(actor_id, '') as actor_id,
    org_unit_id,
    support_level,
    coalesce(actor_type = 'bot', false) as is_by_bot,
    _source,
    _source_file,
    _source_row
from (
    select
        *,
        row_number() over source_order as event_number,
        lead(occurred_at) over source_order as next_event_at,
        last_value(status_class ignore nulls) over (
            source_order rows between unbounded preceding and 1 preceding
        ) as status_before,
        last_value(status_class ignore nulls) over (source_order rows unbounded preceding) as status_after
    from {{ ref('stg_ticketing__ticket_events') }}
    window source_order as (partition by ticket_id order by occurred_at, _source_file, _source_row, event_id)
) as ordered
