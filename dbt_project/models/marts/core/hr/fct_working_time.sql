{{ config(
    materialized='keyed', key='worked_on', by_key=['stg_hr__working_time'],
    looked_up={'int_hr__known_employee': {'employee_id': 'source_employee_id'}},
) }}

select
    person.employee_id,
    day.employee_id as source_employee_id,
    cast(null as varchar) as org_unit_id,
    day.worked_on,
    day.contract_hours,
    day.worked_hours,
    day.overtime_hours,
    {{ source_row('day') }}
from {{ ref('stg_hr__working_time') }} as day
left join {{ ref('int_hr__known_employee') }} as person on day.employee_id = person.employee_id
