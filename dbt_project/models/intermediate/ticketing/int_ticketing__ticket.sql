{{ config(materialized='keyed', key='ticket_id', by_key=['stg_ticketing__tickets', 'int_ticketing__ticket_from_events']) }}

{% set stated = [
    'ticket_id', 'created_at', 'first_responded_at', 'resolved_at', 'closed_at', 'status_class', 'handler_id',
    'org_unit_id', 'contact_count', 'reopen_count', 'pending_hours', 'highest_level', 'is_auto_assigned',
    '_source', '_source_file', '_source_row',
] %}
-- A ticket that the source states is taken as stated; one known by its events alone is derived from them.
select
    {{ stated | join(', ') }},
    priority,
    channel,
    category,
    account_id,
    is_level1_resolvable,
    is_complaint,
    response_due_at,
    resolution_due_at,
    false as is_derived
from {{ ref('stg_ticketing__tickets') }}

union all

select
    {{ stated | join(', ') }},
    null as priority,
    null as channel,
    null as category,
    null as account_id,
    null as is_level1_resolvable,
    null as is_complaint,
    null as response_due_at,
    null as resolution_due_at,
    true as is_derived
from {{ ref('int_ticketing__ticket_from_events') }}
