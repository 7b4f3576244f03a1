select
    org_unit_id,
    parent_id,
    name,
    name_zh,
    subject_type,
    unit_type,
    depth,
    manager_employee_id,
    cost_centre,
    path,
    {{ null_if_open_from('valid_from') }} as valid_from,
    {{ null_if_open_to('valid_to') }} as valid_to,
    {{ is_valid_as_of() }} as is_current
from {{ ref('int_hr__org_unit') }}
