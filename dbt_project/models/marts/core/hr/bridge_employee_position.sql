select
    employee_id,
    position_id,
    org_unit_id,
    fte_share,
    attribution_share,
    is_primary,
    {{ null_if_open_from('valid_from') }} as valid_from,
    {{ null_if_open_to('valid_to') }} as valid_to
from {{ ref('int_hr__employee_assignment') }}
