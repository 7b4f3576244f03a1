{{ config(
    materialized='keyed', key='order_id', by_key=['stg_sales__order_lines', 'int_sales__order', 'int_sales__order_delivery']
) }}

select
    line.order_line_id,
    line.order_id,
    sale.employee_id,
    sale.source_employee_id,
    sale.org_unit_id,
    sale.ordered_on,
    {{ local_date('delivery.accepted_at') }} as accepted_on,
    line.product_id,
    line.product_category,
    sale.region,
    sale.segment,
    line.quantity,
    line.amount,
    line.cost,
    cast(line.amount - line.cost as decimal(18, 4)) as margin,
    line.cost is not null as has_cost,
    coalesce(sale.status = 'cancelled', false) as is_cancelled,
    coalesce(sale.status = 'delivered', false) as is_delivered,
    {{ source_row('line') }}
from {{ ref('stg_sales__order_lines') }} as line
left join {{ ref('int_sales__order') }} as sale on line.order_id = sale.order_id
left join {{ ref('int_sales__order_delivery') }} as delivery on line.order_id = delivery.order_id
