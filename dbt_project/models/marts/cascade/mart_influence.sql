{#- Two-sided 95 per cent of the normal distribution; below eight months an interval says nothing. -#}
{% set z = 1.959964 %}
{% set fewest = 8 %}
with edges as (
    select * from {{ ref('int_strategy__edge_figure') }} where kind = 'influence'
),

lags as (
    select unnest([0, 1]) as lag_months
),

months as (
    select v.metric_id, v.subject_type, v.subject_id, v.period_start, cast(v.value as double) as value
    from {{ ref('metric_value') }} as v
    inner join {{ ref('dim_period') }} as p
        on v.period_grain = p.period_grain and v.period_start = p.period_start and v.period_end = p.period_end
    where v.period_grain = 'month' and p.is_complete and v.value is not null
),

-- A lag of one month sets the figure above beside the one below of the month before.
pairs as (
    select e.edge_id, l.lag_months, above.period_start, above.value as above_value, below.value as below_value
    from edges as e
    cross join lags as l
    inner join months as above
        on
            e.parent_metric_id = above.metric_id and e.parent_subject_type = above.subject_type
            and e.parent_subject_id = above.subject_id
    inner join months as below
        on
            e.child_metric_id = below.metric_id and e.child_subject_type = below.subject_type
            and e.child_subject_id = below.subject_id
            and below.period_start = cast(above.period_start - to_months(l.lag_months) as date)
),

measured as (
    select
        edge_id, lag_months, count(*) as n, min(period_start) as first_month_on, max(period_start) as last_month_on,
        case
            when
                count(*) >= {{ fewest }} and count(distinct above_value) > 1 and count(distinct below_value) > 1
                then round(greatest(-1, least(1, corr(above_value, below_value order by period_start))), 6)
        end as r
    from pairs
    group by edge_id, lag_months
),

-- Fisher's transformation; a perfect correlation has no width.
bounded as (
    select
        *,
        case when abs(r) < 1 then tanh(atanh(r) - {{ z }} / sqrt(n - 3)) else r end as low,
        case when abs(r) < 1 then tanh(atanh(r) + {{ z }} / sqrt(n - 3)) else r end as high
    from measured
)

select
    e.edge_id, l.lag_months, e.parent_goal_id, e.child_goal_id,
    e.parent_metric_id, e.parent_subject_type, e.parent_subject_id,
    e.child_metric_id, e.child_subject_type, e.child_subject_id,
    e.expected_sign,
    cast(coalesce(b.n, 0) as integer) as n,
    b.first_month_on, b.last_month_on,
    cast(b.r as decimal(9, 6)) as correlation,
    cast(b.low as decimal(9, 6)) as correlation_low,
    cast(b.high as decimal(9, 6)) as correlation_high,
    case
        when b.r is null and coalesce(b.n, 0) < {{ fewest }} then 'too_few'
        when b.r is null then 'constant'
        when e.expected_sign is null then 'no_expectation'
        when b.low <= 0 and b.high >= 0 then 'unclear'
        when (b.low > 0) = (e.expected_sign = 'positive') then 'as_expected'
        else 'contrary'
    end as assessment,
    -- A team's figure is part of its department's: the two move together by arithmetic.
    coalesce(e.parent_metric_id = e.child_metric_id, false) as is_same_metric
from edges as e
cross join lags as l
left join bounded as b on e.edge_id = b.edge_id and l.lag_months = b.lag_months
