select
    response.response_id,
    response.survey,
    response.question,
    unit.org_unit_id,
    person.employee_id,
    response.employee_id as source_employee_id,
    response.responded_on,
    response.score,
    response.scale_max,
    -- 80 % of the scale or more: 4 and 5 of five, 8 to 10 of ten.
    response.score * 10 >= response.scale_max * 8 as is_favourable,
    {{ source_row('response') }}
from {{ ref('stg_hr__surveys') }} as response
left join {{ ref('int_hr__known_employee') }} as person on response.employee_id = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on response.org_unit_id = unit.org_unit_id
