select
    position_id,
    title,
    title_zh,
    job_family,
    grade,
    org_unit_id,
    headcount_plan,
    {{ null_if_open_from('valid_from') }} as valid_from,
    {{ null_if_open_to('valid_to') }} as valid_to,
    {{ is_valid_as_of() }} as is_current
from {{ ref('int_hr__position_version') }}
