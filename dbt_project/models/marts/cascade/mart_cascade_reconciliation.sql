with edges as (
    select * from {{ ref('int_strategy__edge_figure') }} where kind = 'identity'
),

figures as (
    select v.*, p.is_complete, p.label_en, p.label_zh
    from {{ ref('metric_value') }} as v
    inner join {{ ref('dim_period') }} as p
        on v.period_grain = p.period_grain and v.period_start = p.period_start and v.period_end = p.period_end
    where v.period_grain in ('month', 'quarter', 'year')
),

-- An identity is judged in periods in which the same children make it up from the first day to the last, at grains at which
-- each of them is published.
parts as (
    select
        e.parent_goal_id, e.parent_metric_id, e.operation, e.operand, e.edge_id, e.tolerance_share,
        f.subject_type, f.subject_id, f.period_grain, f.period_start, f.period_end, f.is_complete, f.label_en, f.label_zh,
        f.value as parent_value, part.value,
        g.metric_id is not null and e.valid_from <= f.period_start and f.period_end < e.valid_to as is_whole
    from edges as e
    inner join figures as f
        on
            e.parent_metric_id = f.metric_id and e.parent_subject_type = f.subject_type
            and e.parent_subject_id = f.subject_id and e.valid_from <= f.period_end and f.period_start < e.valid_to
    left join {{ source('library', 'metric_grain') }} as g
        on e.child_metric_id = g.metric_id and f.period_grain = g.period_grain
    left join figures as part
        on
            e.child_metric_id = part.metric_id and e.child_subject_type = part.subject_type
            and e.child_subject_id = part.subject_id and f.period_grain = part.period_grain
            and f.period_start = part.period_start and f.period_end = part.period_end
),

composed as (
    select
        parent_goal_id, parent_metric_id, operation, subject_type, subject_id, period_grain, period_start, period_end,
        is_complete, label_en, label_zh, parent_value,
        cast({{ composed_value() }} as decimal(38, 10)) as composed_value,
        max(tolerance_share) as tolerance_share,
        cast(count(*) as integer) as children,
        cast(count(*) - count(value) as integer) as children_missing
    from parts
    group by all
    having bool_and(is_whole)
),

judged as (
    select
        *,
        cast(parent_value - composed_value as decimal(38, 10)) as difference,
        -- Figures have ten decimals: what differs by the last of them does not differ.
        greatest(
            cast(abs(cast(parent_value as double)) * tolerance_share as decimal(38, 10)), cast(0.0000000001 as decimal(38, 10))
        ) as tolerance
    from composed
)

select
    parent_goal_id, parent_metric_id, operation, subject_type, subject_id, period_grain, period_start, period_end, is_complete,
    parent_value, composed_value, difference, tolerance_share, tolerance,
    cast(round(cast(difference as double) / nullif(cast(parent_value as double), 0), 6) as decimal(18, 6)) as difference_share,
    abs(difference) <= tolerance as reconciles,
    case
        when parent_value is null then 'no_data'
        when difference is null then 'incomplete'
        when abs(difference) <= tolerance then 'reconciles'
        else 'differs'
    end as state,
    children, children_missing, label_en, label_zh
from judged
