{{ config(materialized='view') }}
with recursive edges as (
    select e.parent_goal_id, e.child_goal_id
    from {{ ref('stg_library__cascade_edges') }} as e
    cross join {{ source('library', 'run_context') }} as r
    where coalesce(e.valid_from, r.as_of) <= r.as_of and (e.valid_to is null or e.valid_to > r.as_of)
),

walked as (
    select goal_id as root_goal_id, goal_id, 0 as depth, goal_id as path
    from {{ ref('stg_library__goals') }}
    where kind = 'strategic' and lifecycle_state in ('active', 'closed')
    union all
    select
        w.root_goal_id, e.child_goal_id as goal_id, w.depth + 1 as depth, w.path || ' > ' || e.child_goal_id as path
    from walked as w
    inner join edges as e on w.goal_id = e.parent_goal_id
    -- A cycle is a finding (LIN-03); here it only must not run for ever.
    where position(' > ' || e.child_goal_id || ' > ' in ' > ' || w.path || ' > ') = 0
)

select root_goal_id, goal_id, depth, path from walked
