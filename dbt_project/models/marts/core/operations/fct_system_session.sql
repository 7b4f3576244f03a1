select
    session.session_id,
    session.system,
    person.employee_id,
    session.employee_id as source_employee_id,
    cast(null as varchar) as org_unit_id,
    {{ local_date('session.started_at') }} as started_on,
    {{ source_row('session') }}
from {{ ref('stg_operations__system_sessions') }} as session
left join {{ ref('int_hr__known_employee') }} as person on session.employee_id = person.employee_id
