select
    submission.submission_id,
    submission.kind,
    person.employee_id,
    submission.employee_id as source_employee_id,
    unit.org_unit_id,
    submission.submitted_on,
    submission.decided_on,
    submission.implemented_on,
    submission.status,
    submission.status <> 'submitted' as is_decided,
    submission.status in ('accepted', 'implemented') as is_accepted,
    submission.status = 'implemented' as is_implemented,
    submission.partner_departments > 0 as is_cross_department,
    {{ source_row('submission') }}
from {{ ref('stg_innovation__submissions') }} as submission
left join {{ ref('int_hr__known_employee') }} as person on submission.employee_id = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on submission.org_unit_id = unit.org_unit_id
