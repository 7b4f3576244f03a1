{{ config(materialized='view') }}

select
    position_id,
    title,
    title_zh,
    job_family,
    grade,
    org_unit_id,
    headcount_plan,
    {{ open_from('valid_from') }} as valid_from,
    {{ closed_by_next('position_id') }} as valid_to
from {{ ref('stg_hr__positions') }}
