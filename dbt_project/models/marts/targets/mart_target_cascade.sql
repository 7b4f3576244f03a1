with targets as (
    select
        t.target_id, t.metric_id, t.subject_type, t.subject_id, t.period_grain, t.period_start, t.period_end, t.revision, t.kind,
        t.target, t.allocation_method, t.origin, m.additivity = 'additive' as is_amount,
        case when t.origin = 'set' then p.parent_target_id else t.parent_target_id end as parent_target_id,
        case when t.origin = 'set' then p.parent_found_by else t.origin end as derived_by
    from {{ ref('int_strategy__target') }} as t
    left join {{ ref('int_strategy__target_parent') }} as p on t.target_id = p.target_id
    left join {{ source('library', 'metric') }} as m on t.metric_id = m.metric_id
),

-- An amount that somebody has of several positions hangs below each of them with the part that comes from there.
parts as (
    select t.target_id, whole.target_id as parent_target_id, {{ part_of('whole.target', 'p') }} as part
    from targets as t
    inner join {{ ref('int_strategy__position_target_part') }} as p
        on
            t.metric_id = p.metric_id and t.subject_id = p.employee_id and t.period_grain = p.period_grain
            and t.period_start = p.period_start and p.is_divided
    inner join {{ ref('int_strategy__target_set') }} as whole on p.target_id = whole.target_id
    where t.origin = 'position'
),

above as (
    select t.target_id, coalesce(p.parent_target_id, t.parent_target_id) as parent_target_id, coalesce(p.part, t.target) as part
    from targets as t
    left join parts as p on t.target_id = p.target_id
),

-- Who only answers for a scope has no part of its target: it is the same target.
children as (
    select a.parent_target_id, count(*) as children, sum(a.part) as children_sum
    from above as a
    inner join targets as t on a.target_id = t.target_id
    where a.parent_target_id is not null and t.origin in ('set', 'position')
    group by a.parent_target_id
),

spans as (
    select
        whole.target_id,
        part.period_grain as part_grain, count(*) as parts, sum(part.target) as parts_sum
    from targets as whole
    inner join targets as part
        on
            whole.metric_id = part.metric_id and whole.subject_type = part.subject_type and whole.subject_id = part.subject_id
            and part.period_start >= whole.period_start and part.period_end <= whole.period_end
    where whole.period_grain = 'year' and part.period_grain in ('quarter', 'month')
        or whole.period_grain = 'quarter' and part.period_grain = 'month'
    group by whole.target_id, part.period_grain
),

-- Only whole sets of shorter periods can be the longer one.
over_time as (
    select
        target_id,
        max(case when part_grain = 'quarter' and parts = 4 then parts_sum end) as quarters_sum,
        max(case when part_grain = 'month' and parts in (3, 12) then parts_sum end) as months_sum
    from spans
    group by target_id
)

select
    t.target_id, t.metric_id, t.subject_type, t.subject_id, t.period_grain, t.period_start, t.period_end, t.revision, t.kind,
    t.target, t.origin, t.allocation_method, a.parent_target_id, t.derived_by,
    parent.target as parent_target,
    cast(case when t.is_amount and parent.target_id is not null then a.part end as decimal(24, 6)) as part_of_parent,
    case when t.is_amount then {{ bounded_share(ratio('a.part', 'parent.target')) }} end as share_of_parent,
    c.children,
    cast(case when t.is_amount then c.children_sum end as decimal(24, 6)) as children_sum,
    cast(case when t.is_amount then c.children_sum - t.target end as decimal(24, 6)) as over_allocated,
    case when t.is_amount then {{ bounded_share(ratio('c.children_sum - t.target', 'abs(t.target)')) }} end as over_allocated_share,
    case when t.is_amount then {{ ties('c.children_sum', 'c.children') }} end as children_tie,
    cast(case when t.is_amount then o.quarters_sum end as decimal(24, 6)) as quarters_sum,
    case when t.is_amount then {{ ties('o.quarters_sum', '4') }} end as quarters_tie,
    cast(case when t.is_amount then o.months_sum end as decimal(24, 6)) as months_sum,
    case when t.is_amount then {{ ties('o.months_sum', '12') }} end as months_tie
from targets as t
inner join above as a on t.target_id = a.target_id
left join targets as parent on a.parent_target_id = parent.target_id
left join children as c on t.target_id = c.parent_target_id
left join over_time as o on t.target_id = o.target_id
