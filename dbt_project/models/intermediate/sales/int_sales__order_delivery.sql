{{ config(materialized='keyed', key='order_id', by_key=['stg_sales__deliveries']) }}

-- An order is accepted when the last of its deliveries is; while one is outstanding it is not accepted.
-- The three quality marks hold when they hold for every delivery, and are unknown when one is unknown.
select
    order_id,
    count(*) as delivery_count,
    case when count(*) = count(accepted_at) then max(accepted_at) end as accepted_at,
    {% for mark in ['is_complete', 'is_undamaged', 'has_correct_documents'] -%}
    case
        when bool_or(not {{ mark }}) then false
        when count(*) = count({{ mark }}) then true
    end as {{ mark }}{{ ',' if not loop.last }}
    {% endfor -%}
from {{ ref('stg_sales__deliveries') }}
group by order_id
