-- A unit answers for the metrics of its goals, those that are only watched left out, and for those it has targets for.
with answered as (
    select b.org_unit_id, b.subject_type, b.period_grain, b.period_start, b.period_end, m.metric_id
    from {{ ref('int_strategy__board_period') }} as b
    inner join {{ ref('stg_library__goals') }} as g
        on
            b.org_unit_id = g.org_unit_id and g.lifecycle_state in ('active', 'closed')
            and {{ open_from('g.period_start_on') }} <= b.period_end and b.period_start < {{ open_to('g.period_end_on') }}
    inner join {{ ref('stg_library__goal_metrics') }} as m on g.goal_id = m.goal_id and m.score_role <> 'monitor'
    union
    select b.org_unit_id, b.subject_type, b.period_grain, b.period_start, b.period_end, a.metric_id
    from {{ ref('int_strategy__board_period') }} as b
    inner join {{ ref('mart_attainment') }} as a
        on
            b.subject_type = a.subject_type and b.org_unit_id = a.subject_id
            and a.period_start <= b.period_end and b.period_start <= a.period_end
)

select
    w.org_unit_id, w.period_grain, w.period_start, w.metric_id,
    exists(
        select 1 from {{ ref('mart_attainment') }} as a
        where
            a.target_id is not null and a.metric_id = w.metric_id and a.subject_type = w.subject_type
            and a.subject_id = w.org_unit_id and a.period_start <= w.period_end and w.period_start <= a.period_end
    ) as has_target,
    exists(
        select 1 from {{ ref('metric_value') }} as v
        where
            v.value is not null and v.metric_id = w.metric_id and v.subject_type = w.subject_type
            and v.subject_id = w.org_unit_id and v.period_grain in ('month', 'quarter', 'year')
            and v.period_start <= w.period_start and w.period_end <= v.period_end
    ) as has_data
from answered as w
