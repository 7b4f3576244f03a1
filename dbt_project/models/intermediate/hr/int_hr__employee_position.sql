{{ config(materialized='view') }}

select
    employee_id,
    position_id,
    fte_share,
    coalesce(is_primary, false) as is_primary,
    valid_from,
    {{ closed_by_next('employee_id, position_id') }} as valid_to
from {{ ref('stg_hr__employee_positions') }}
