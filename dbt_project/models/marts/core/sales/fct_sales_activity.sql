{{ config(
    materialized='keyed', key='activity_id', by_key=['stg_sales__activities'],
    looked_up={'int_hr__known_employee': {'employee_id': 'source_employee_id'}},
) }}

select
    activity.activity_id,
    activity.opportunity_id,
    activity.account_id,
    person.employee_id,
    activity.employee_id as source_employee_id,
    cast(null as varchar) as org_unit_id,
    {{ local_date('activity.occurred_at') }} as occurred_on,
    activity.activity_type,
    {{ source_row('activity') }}
from {{ ref('stg_sales__activities') }} as activity
left join {{ ref('int_hr__known_employee') }} as person on activity.employee_id = person.employee_id
