{#- All numbers of these files are told in the guide for BI users, section "Scorecards". -#}
with root as (
    select org_unit_id from {{ ref('int_hr__company_root') }}
),

-- An assignment says itself what part it plays; else the goal that it serves says what is a gate or a bonus.
assigned as (
    select
        c.subject_type, c.subject_id, c.metric_id,
        coalesce(c.scope_org_unit_id, root.org_unit_id) as scope_org_unit_id,
        coalesce(
            a.score_role,
            case when g.score_role in ('gate', 'bonus') then g.score_role when c.weight is not null then 'core' end
        ) as score_role,
        c.weight * c.share as weight,
        not c.is_resolved as is_own, c.valid_from, c.valid_to
    from {{ ref('int_strategy__carried_metric') }} as c
    inner join {{ ref('stg_library__metric_assignments') }} as a on c.assignment_id = a.assignment_id
    left join {{ ref('stg_library__goal_metrics') }} as g on c.goal_id = g.goal_id and c.metric_id = g.metric_id
    cross join root
    where c.role in ('owner', 'collaborator')
),

-- A unit is scored by the metrics of its goals, each goal with the same weight.
of_goals as (
    select
        unit.subject_type, unit.org_unit_id as subject_id, m.metric_id, unit.org_unit_id as scope_org_unit_id, m.score_role,
        m.weight, false as is_own,
        greatest(unit.valid_from, {{ open_from('g.period_start_on') }}) as valid_from,
        least(unit.valid_to, {{ open_to('g.period_end_on') }}) as valid_to
    from {{ ref('stg_library__goals') }} as g
    inner join {{ ref('stg_library__goal_metrics') }} as m on g.goal_id = m.goal_id
    cross join root
    inner join {{ ref('int_hr__org_unit') }} as unit on coalesce(g.org_unit_id, root.org_unit_id) = unit.org_unit_id
    where g.lifecycle_state in ('active', 'closed') and m.score_role <> 'monitor'
),

stated as (
    select * from assigned
    union all
    select * from of_goals
),

scored as (
    select * from stated
    where valid_from < valid_to and (score_role in ('gate', 'bonus') or (score_role = 'core' and weight is not null))
),

own_span as (
    select subject_type, subject_id, min(valid_from) as own_from, max(valid_to) as own_to
    from scored
    where is_own and score_role = 'core'
    group by subject_type, subject_id
),

-- Whoever has weights of his own is not scored by those that follow, from a position or from goals, at the same time.
pieces as (
    select
        s.* replace (
            case when s.is_own or s.score_role <> 'core' then s.valid_to else least(s.valid_to, coalesce(o.own_from, s.valid_to)) end
                as valid_to
        )
    from scored as s
    left join own_span as o on s.subject_type = o.subject_type and s.subject_id = o.subject_id
    union all
    select s.* replace (greatest(s.valid_from, o.own_to) as valid_from)
    from scored as s
    inner join own_span as o on s.subject_type = o.subject_type and s.subject_id = o.subject_id
    where not s.is_own and s.score_role = 'core'
)

select
    subject_type, subject_id, metric_id, scope_org_unit_id, score_role,
    -- Of what is no share of a whole, the greatest holds.
    case when score_role = 'core' then sum(weight) else max(weight) end as weight,
    valid_from, valid_to
from pieces
where valid_from < valid_to
group by subject_type, subject_id, metric_id, scope_org_unit_id, score_role, valid_from, valid_to
