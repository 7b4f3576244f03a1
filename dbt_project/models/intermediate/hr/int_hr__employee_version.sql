-- Names, addresses, birth dates and gender stop here: no later model has them.
select
    employee_id,
    hired_on,
    left_on,
    leaving_reason,
    employment_type,
    nullif(manager_id, '') as manager_id,
    {{ open_from('valid_from') }} as valid_from,
    {{ closed_by_next('employee_id') }} as valid_to
from {{ ref('stg_hr__employees') }}
