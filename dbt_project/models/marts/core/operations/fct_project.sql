select
    project.project_id,
    project.project_kind,
    project.status,
    person.employee_id,
    project.employee_id as source_employee_id,
    unit.org_unit_id,
    project.started_on,
    project.committed_on as due_on,
    project.completed_on,
    project.completed_on is not null and project.status = 'completed' as is_completed,
    coalesce(project.status <> 'cancelled' and project.committed_on <= {{ run_setting('as_of') }}, false) as is_due,
    case when project.committed_on is not null then coalesce(project.completed_on <= project.committed_on, false) end
        as is_on_time,
    case when project.status = 'completed' then date_diff('day', project.started_on, project.completed_on) end as lead_days,
    {{ source_row('project') }}
from {{ ref('stg_operations__projects') }} as project
left join {{ ref('int_hr__known_employee') }} as person on project.employee_id = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on project.org_unit_id = unit.org_unit_id
