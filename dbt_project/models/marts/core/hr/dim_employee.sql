select
    employee_id,
    manager_id,
    employment_type,
    employment_type = 'contractor' as is_contractor,
    hired_on,
    left_on,
    leaving_reason,
    {{ null_if_open_from('valid_from') }} as valid_from,
    {{ null_if_open_to('valid_to') }} as valid_to,
    {{ is_valid_as_of() }} as is_current
from {{ ref('int_hr__employee_version') }}
