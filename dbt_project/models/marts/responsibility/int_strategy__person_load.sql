-- Everybody who holds a position tonight; whoever carries nothing is there too, for nothing carried is known to be nothing.
with people as (
    select
        employee_id, sum(fte_share) as fte,
        max(case when is_primary then position_id end) as position_id,
        max(case when is_primary then org_unit_id end) as org_unit_id
    from {{ ref('int_hr__employee_assignment') }}
    where {{ is_valid_as_of() }}
    group by employee_id
),

-- Weights and efforts of a position are shares of its own time: of somebody in two positions they take his or her part.
carried as (
    select
        c.subject_id as employee_id, c.metric_id, c.role,
        c.weight * case when c.is_resolved then {{ ratio('c.share', 'p.fte') }} else 1 end as weight,
        c.effort_pct * case when c.is_resolved then {{ ratio('c.share', 'p.fte') }} else 1 end as effort_pct
    from {{ ref('int_strategy__carried_metric') }} as c
    inner join people as p on c.subject_id = p.employee_id
    cross join {{ source('library', 'run_context') }} as r
    where
        c.subject_type = 'employee' and c.role in ('owner', 'collaborator')
        and c.valid_from <= r.as_of and r.as_of < c.valid_to
),

by_metric as (
    select
        employee_id, metric_id, bool_or(role = 'owner') as is_owner, sum(weight) as weight, sum(effort_pct) as effort_pct
    from carried
    group by employee_id, metric_id
)

select
    p.employee_id, p.position_id, p.org_unit_id, cast(p.fte as decimal(9, 4)) as fte,
    count(m.metric_id) as metrics,
    count(m.metric_id) filter (where m.is_owner) as owned_metrics,
    cast(sum(m.weight) as decimal(9, 2)) as weight_total,
    cast(sum(m.effort_pct) as decimal(9, 2)) as effort_pct_total,
    cast(
        {{ ratio("count(m.metric_id) filter (where m.is_owner) + 0.5 * count(m.metric_id) filter (where not m.is_owner)", "p.fte") }}
        as decimal(12, 4)
    ) as load_index
from people as p
left join by_metric as m on p.employee_id = m.employee_id
group by p.employee_id, p.position_id, p.org_unit_id, p.fte
