select
    absence.absence_id,
    person.employee_id,
    absence.employee_id as source_employee_id,
    cast(null as varchar) as org_unit_id,
    absence.started_on,
    absence.ended_on,
    absence.absence_type,
    absence.working_days,
    {{ source_row('absence') }}
from {{ ref('stg_hr__absences') }} as absence
left join {{ ref('int_hr__known_employee') }} as person on absence.employee_id = person.employee_id
