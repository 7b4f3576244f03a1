select
    deployment.deployment_id,
    deployment.product,
    person.employee_id,
    deployment.employee_id as source_employee_id,
    unit.org_unit_id,
    {{ local_date('deployment.deployed_at') }} as deployed_on,
    {{ hours_between('deployment.first_commit_at', 'deployment.deployed_at') }} as change_lead_hours,
    deployment.has_failed,
    case when deployment.has_failed then {{ hours_between('deployment.deployed_at', 'deployment.restored_at') }} end
        as restore_hours,
    {{ source_row('deployment') }}
from {{ ref('stg_operations__deployments') }} as deployment
left join {{ ref('int_hr__known_employee') }} as person on deployment.employee_id = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on deployment.org_unit_id = unit.org_unit_id
