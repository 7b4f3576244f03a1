select
    training.training_id,
    person.employee_id,
    training.employee_id as source_employee_id,
    cast(null as varchar) as org_unit_id,
    training.completed_on,
    training.hours,
    cast(training.cost as decimal(18, 4)) as cost,
    training.course,
    {{ source_row('training') }}
from {{ ref('stg_hr__training_records') }} as training
left join {{ ref('int_hr__known_employee') }} as person on training.employee_id = person.employee_id
