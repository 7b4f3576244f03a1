select
    improvement.improvement_id,
    improvement.process,
    improvement.status,
    person.employee_id,
    improvement.employee_id as source_employee_id,
    unit.org_unit_id,
    improvement.opened_on,
    improvement.closed_on,
    improvement.status = 'closed' and improvement.closed_on is not null as is_closed,
    {{ source_row('improvement') }}
from {{ ref('stg_operations__improvements') }} as improvement
left join {{ ref('int_hr__known_employee') }} as person on improvement.employee_id = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on improvement.org_unit_id = unit.org_unit_id
