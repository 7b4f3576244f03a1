-- What carries an assignment: whatever is named, while HR knows it, and whoever holds a position that is named.
with carriers as (
    select
        'org_unit' as assigned_type, org_unit_id as assigned_id, subject_type, org_unit_id as subject_id,
        1 as share, false as is_resolved, valid_from, valid_to
    from {{ ref('int_hr__org_unit') }}
    union all
    select
        'position' as assigned_type, position_id as assigned_id, 'position' as subject_type, position_id as subject_id,
        1 as share, false as is_resolved, valid_from, valid_to
    from {{ ref('int_hr__position_version') }}
    union all
    select
        'employee' as assigned_type, employee_id as assigned_id, 'employee' as subject_type, employee_id as subject_id,
        1 as share, false as is_resolved, started_on as valid_from, ended_on as valid_to
    from {{ ref('int_hr__employment') }}
    union all
    select
        'position' as assigned_type, position_id as assigned_id, 'employee' as subject_type, employee_id as subject_id,
        fte_share as share, true as is_resolved, valid_from, valid_to
    from {{ ref('int_hr__employee_assignment') }}
),

carried as (
    select
        a.assignment_id, c.subject_type, c.subject_id, c.share, c.is_resolved,
        greatest(c.valid_from, {{ open_from('a.valid_from') }}) as valid_from,
        least(c.valid_to, {{ open_to('a.valid_to') }}) as valid_to
    from {{ ref('stg_library__metric_assignments') }} as a
    inner join carriers as c on a.subject_type = c.assigned_type and a.subject_id = c.assigned_id
    where c.valid_from < {{ open_to('a.valid_to') }} and {{ open_from('a.valid_from') }} < c.valid_to
),

-- Records of HR are cut for many reasons; here a new interval begins only where the carrier, its type or its share does.
marked as (
    select
        *,
        case
            when
                valid_from <= max(valid_to) over (
                    partition by assignment_id, subject_type, subject_id, is_resolved, share
                    order by valid_from rows between unbounded preceding and 1 preceding
                ) then 0
            else 1
        end as is_new
    from carried
),

numbered as (
    select
        *,
        sum(is_new) over (
            partition by assignment_id, subject_type, subject_id, is_resolved, share order by valid_from
        ) as stretch_number
    from marked
),

merged as (
    select
        assignment_id, subject_type, subject_id, is_resolved, cast(share as decimal(9, 6)) as share,
        min(valid_from) as valid_from, max(valid_to) as valid_to
    from numbered
    group by assignment_id, subject_type, subject_id, is_resolved, share, stretch_number
)

select
    a.assignment_id, a.metric_id, a.goal_id, a.role, a.weight, a.effort_pct, a.scope_org_unit_id,
    a.subject_type as assigned_type, a.subject_id as assigned_id,
    m.subject_type, m.subject_id, m.share, m.is_resolved, m.valid_from, m.valid_to
from merged as m
inner join {{ ref('stg_library__metric_assignments') }} as a on m.assignment_id = a.assignment_id
