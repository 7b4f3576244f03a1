select
    delivery.delivery_id,
    delivery.order_id,
    sale.employee_id,
    sale.source_employee_id,
    sale.org_unit_id,
    delivery.promised_on as due_on,
    {{ local_date('delivery.delivered_at') }} as delivered_on,
    coalesce(delivery.promised_on <= {{ run_setting('as_of') }}, false) as is_due,
    case when delivery.promised_on is not null
        then coalesce({{ local_date('delivery.delivered_at') }} <= delivery.promised_on, false) end as is_on_time,
    {{ source_row('delivery') }}
from {{ ref('stg_sales__deliveries') }} as delivery
left join {{ ref('int_sales__order') }} as sale on delivery.order_id = sale.order_id
