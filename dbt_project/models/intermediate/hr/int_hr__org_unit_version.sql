{{ config(materialized='view') }}

select
    org_unit_id,
    nullif(parent_id, '') as parent_id,
    name,
    name_zh,
    unit_level,
    unit_type,
    manager_employee_id,
    cost_centre,
    {{ open_from('valid_from') }} as valid_from,
    {{ closed_by_next('org_unit_id') }} as valid_to
from {{ ref('stg_hr__org_units') }}
