{{ config(materialized='keyed', key='order_id', by_key=['stg_sales__order_lines']) }}

select
    order_id,
    cast(count(*) as integer) as line_count,
    cast(sum(amount) as decimal(18, 4)) as amount
from {{ ref('stg_sales__order_lines') }}
group by order_id
