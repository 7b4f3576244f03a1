{{ config(
    materialized='keyed', key='order_id', by_key=['stg_sales__orders'],
    looked_up={
        'stg_sales__accounts': {'account_id': 'account_id'},
        'int_hr__known_employee': {'employee_id': 'source_employee_id'},
    },
) }}

-- Dates in company time, people and units as HR knows them, the account's segment: shared by orders and their lines.
select
    sale.order_id,
    person.employee_id,
    sale.employee_id as source_employee_id,
    unit.org_unit_id,
    sale.account_id,
    sale.opportunity_id,
    coalesce(sale.region, account.region) as region,
    account.segment,
    sale.ordered_at,
    {{ local_date('sale.ordered_at') }} as ordered_on,
    sale.committed_on,
    sale.status,
    sale.customer_hold_hours,
    sale._source,
    sale._source_file,
    sale._source_row
from {{ ref('stg_sales__orders') }} as sale
left join {{ ref('stg_sales__accounts') }} as account on sale.account_id = account.account_id
left join {{ ref('int_hr__known_employee') }} as person on sale.employee_id = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on sale.org_unit_id = unit.org_unit_id
