-- Only what weighs in a scorecard is measured for its carrier. The owner of a scope answers for the scope's own figure.
with carried as (
    select
        c.metric_id, c.subject_type, c.subject_id, c.weight, c.valid_from, c.valid_to,
        m.additivity = 'additive' as accumulates,
        case
            when c.assigned_type = 'org_unit' then c.subject_id else coalesce(c.scope_org_unit_id, root.org_unit_id)
        end as scope_id,
        c.role = 'owner' or c.assigned_type = 'org_unit' as answers_for_scope
    from {{ ref('int_strategy__carried_metric') }} as c
    inner join {{ source('library', 'metric') }} as m on c.metric_id = m.metric_id
    cross join {{ ref('int_hr__company_root') }} as root
    where c.role in ('owner', 'collaborator') and c.weight is not null
)

select
    c.metric_id, c.subject_type, c.subject_id, c.weight, c.accumulates, c.answers_for_scope, c.scope_id,
    case when c.answers_for_scope then u.subject_type else c.subject_type end as measured_type,
    case when c.answers_for_scope then c.scope_id else c.subject_id end as measured_id,
    greatest(c.valid_from, u.valid_from) as valid_from,
    least(c.valid_to, u.valid_to) as valid_to
from carried as c
inner join {{ ref('int_hr__org_unit') }} as u
    on c.scope_id = u.org_unit_id and c.valid_from < u.valid_to and u.valid_from < c.valid_to
