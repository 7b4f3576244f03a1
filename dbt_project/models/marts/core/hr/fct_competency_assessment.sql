-- What the position held on the day of the assessment asks for; a competency that it does not ask for has no level to reach.
select
    assessment.assessment_id,
    person.employee_id,
    assessment.employee_id as source_employee_id,
    cast(null as varchar) as org_unit_id,
    assessment.competency_id,
    assessment.assessed_on,
    assessment.level,
    needed.required_level,
    least(assessment.level, needed.required_level) as level_towards_required,
    {{ source_row('assessment') }}
from {{ ref('stg_hr__competency_assessments') }} as assessment
left join {{ ref('int_hr__known_employee') }} as person on assessment.employee_id = person.employee_id
left join {{ ref('int_hr__employee_assignment') }} as held
    on
        assessment.employee_id = held.employee_id
        and held.is_primary
        and assessment.assessed_on >= held.valid_from
        and assessment.assessed_on < held.valid_to
left join {{ ref('stg_hr__competencies') }} as needed
    on
        held.position_id = needed.position_id
        and assessment.competency_id = needed.competency_id
