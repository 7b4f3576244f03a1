{{ config(meta={'dagster': {'ref': {'name': 'fct_ticket_event'}}}) }}
select event_id, ticket_id
from {{ ref('fct_ticket_event') }}
where ticket_id not in (select ticket_id from {{ ref('fct_ticket') }})
