select distinct employee_id from {{ ref('int_hr__employee_version') }}
