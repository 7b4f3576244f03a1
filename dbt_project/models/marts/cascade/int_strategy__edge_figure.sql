-- Each goal belongs to a unit, the company where it names none; that unit's figure is meant unless the edge says whose.
with units as (
    select org_unit_id, subject_type from {{ ref('dim_org_unit') }} where is_current
),

main_metric as (
    select goal_id, metric_id
    from {{ ref('stg_library__goal_metrics') }}
    where score_role = 'core'
    qualify row_number() over (partition by goal_id order by weight desc nulls last, metric_id asc) = 1
),

goals as (
    select
        g.goal_id, g.period_start_on, g.period_end_on, u.subject_type, coalesce(g.org_unit_id, r.org_unit_id) as subject_id,
        m.metric_id
    from {{ ref('stg_library__goals') }} as g
    cross join {{ ref('int_hr__company_root') }} as r
    left join units as u on coalesce(g.org_unit_id, r.org_unit_id) = u.org_unit_id
    left join main_metric as m on g.goal_id = m.goal_id
    where g.lifecycle_state in ('active', 'closed')
)

select
    e.edge_id, e.kind, e.parent_goal_id, e.child_goal_id,
    coalesce(e.parent_metric_id, above.metric_id) as parent_metric_id,
    above.subject_type as parent_subject_type,
    above.subject_id as parent_subject_id,
    coalesce(e.child_metric_id, below.metric_id) as child_metric_id,
    coalesce(e.child_subject_type, below.subject_type) as child_subject_type,
    case when e.child_subject_type is null then below.subject_id else e.child_subject_id end as child_subject_id,
    case when e.kind = 'identity' then coalesce(e.operation, 'sum') end as operation,
    e.operand, e.expected_sign, e.share,
    case when e.kind = 'identity' then cast(coalesce(e.tolerance, 0.000001) as decimal(9, 6)) end as tolerance_share,
    e.allocation_method, e.rationale, e.rationale_zh,
    greatest({{ open_from('e.valid_from') }}, {{ open_from('above.period_start_on') }}) as valid_from,
    least({{ open_to('e.valid_to') }}, {{ open_to('above.period_end_on') }}) as valid_to
from {{ ref('stg_library__cascade_edges') }} as e
inner join goals as above on e.parent_goal_id = above.goal_id
inner join goals as below on e.child_goal_id = below.goal_id
