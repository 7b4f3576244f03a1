with paths as (
    select p.root_goal_id, p.goal_id, p.depth, p.path, g.metric_id
    from {{ ref('int_strategy__cascade_path') }} as p
    inner join {{ ref('stg_library__goal_metrics') }} as g on p.goal_id = g.goal_id
),

root as (
    select org_unit_id from {{ ref('int_hr__company_root') }}
),

units as (
    select org_unit_id, subject_type from {{ ref('dim_org_unit') }} where is_current
),

-- The goal's own unit carries its metrics.
by_unit as (
    select p.root_goal_id, p.depth, p.path, p.metric_id, u.subject_type, u.org_unit_id as subject_id
    from paths as p
    inner join {{ ref('stg_library__goals') }} as g on p.goal_id = g.goal_id
    cross join root
    inner join units as u on coalesce(g.org_unit_id, root.org_unit_id) = u.org_unit_id
),

assignments as (
    select a.*
    from {{ ref('stg_library__metric_assignments') }} as a
    cross join {{ source('library', 'run_context') }} as r
    where
        a.role in ('owner', 'collaborator')
        and coalesce(a.valid_from, r.as_of) <= r.as_of and (a.valid_to is null or a.valid_to > r.as_of)
),

-- Whoever is assigned the metric carries it, under the goal the assignment names or under every goal of the metric.
assigned as (
    select p.root_goal_id, p.depth, p.path, p.metric_id, a.subject_type, a.subject_id
    from paths as p
    inner join assignments as a on p.metric_id = a.metric_id and (a.goal_id is null or p.goal_id = a.goal_id)
),

holders as (
    select h.position_id, h.employee_id
    from {{ ref('int_hr__employee_assignment') }} as h
    cross join {{ source('library', 'run_context') }} as r
    where h.valid_from <= r.as_of and h.valid_to > r.as_of
)

select root_goal_id, depth, path, metric_id, subject_type, subject_id from by_unit
union
select a.root_goal_id, a.depth, a.path, a.metric_id, coalesce(u.subject_type, a.subject_type) as subject_type, a.subject_id
from assigned as a
left join units as u on a.subject_type = 'org_unit' and a.subject_id = u.org_unit_id
union
-- A position's metric is its holders' metric.
select a.root_goal_id, a.depth, a.path, a.metric_id, 'employee' as subject_type, h.employee_id as subject_id
from assigned as a
inner join holders as h on a.subject_type = 'position' and a.subject_id = h.position_id
