{{ config(materialized='view') }}

select
    priority,
    first_response_minutes,
    resolution_minutes,
    {{ open_from('valid_from') }} as valid_from,
    {{ closed_by_next('priority') }} as valid_to
from {{ ref('stg_ticketing__sla_policies') }}
