{{ config(materialized='touched', touched=touched_component_periods(), in_batches=false) }}
{#- Slices of components rolled up to units as they were on the day, and over the days of each period; days between which
    the units stay as they are go together. -#}
{% set slice = 'component_id, dimension, dimension_value' -%}
with days as (
    select
        d.date_day, d.iso_week_start_on, d.month_start_on, greatest(d.iso_week_start_on, d.month_start_on) as span_start,
        bounds.bound is not null as bounds_a_period
    from {{ ref('dim_date') }} as d
    left join (
        {{ period_bounds() }}
    ) as bounds
        on d.date_day = bounds.bound
),

unit_intervals as (
    {{ unchanging_intervals(ref('int_hr__org_closure'), 'descendant_id') }}
),

placed as (
    select
        leaf.*, c.time_aggregation,
        case when c.time_aggregation = 'sum' then greatest(days.span_start, u.valid_from) else leaf.metric_date end as span_start
    from {{ ref('metric_slice_daily') }} as leaf
    inner join {{ source('library', 'metric_component') }} as c on leaf.component_id = c.component_id
    inner join days on leaf.metric_date = days.date_day
    left join unit_intervals as u
        on leaf.org_unit_id = u.node_id and leaf.metric_date >= u.valid_from and leaf.metric_date < u.valid_to
    where {{ in_batch('leaf.metric_date', 366) }} and (c.time_aggregation = 'sum' or days.bounds_a_period)
),

by_unit as (
    select {{ slice }}, time_aggregation, org_unit_id, span_start, sum(amount) as amount, sum(n) as n
    from placed
    group by {{ slice }}, time_aggregation, org_unit_id, span_start
),

units as (
    {{ rolled_up_units('by_unit', slice ~ ', time_aggregation') }}
),

wanted as (
    select distinct t.component_id, s.dimension, l.subject_type
    from {{ source('library', 'metric_slice') }} as s
    inner join {{ source('library', 'metric_term') }} as t on s.metric_id = t.metric_id
    inner join {{ source('library', 'metric_level') }} as l on s.metric_id = l.metric_id
),

subjects as (
    select units.*
    from units
    inner join wanted
        on
            units.component_id = wanted.component_id and units.dimension = wanted.dimension
            and units.subject_type = wanted.subject_type
),

grains as (
    select distinct t.component_id, s.dimension, g.period_grain
    from {{ source('library', 'metric_slice') }} as s
    inner join {{ source('library', 'metric_term') }} as t on s.metric_id = t.metric_id
    inner join {{ source('library', 'metric_grain') }} as g on s.metric_id = g.metric_id
    where g.period_grain <> 'day'
),

short as (
    {% for grain, start in {'week': 'iso_week_start_on', 'month': 'month_start_on'}.items() -%}
    select
        {{ slice }}, subject_type, subject_id, '{{ grain }}' as period_grain, days.{{ start }} as period_start,
        sum(amount) as amount, sum(n) as n
    from subjects
    inner join days on subjects.span_start = days.date_day
    where time_aggregation = 'sum'
    group by {{ slice }}, subject_type, subject_id, days.{{ start }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

summed as (
    select
        {{ slice }}, subject_type, subject_id, p.period_grain, p.period_start, p.period_end,
        sum(amount) as amount, sum(n) as n
    from short as s
    inner join {{ ref('dim_period_part') }} as p on s.period_grain = p.part_grain and s.period_start = p.part_start
    group by {{ slice }}, subject_type, subject_id, p.period_grain, p.period_start, p.period_end
    union all
    select {{ slice }}, subject_type, subject_id, p.period_grain, p.period_start, p.period_end, amount, n
    from subjects
    inner join (
        {{ days_that_count() }}
    ) as p
        on subjects.time_aggregation = p.time_aggregation and subjects.span_start = p.counted_on
)

select
    summed.component_id, summed.dimension, summed.dimension_value, summed.subject_type, summed.subject_id,
    summed.period_grain, summed.period_start, summed.period_end,
    cast(summed.amount as decimal(38, 10)) as amount, cast(summed.n as decimal(38, 6)) as n
from summed
inner join grains
    on
        summed.component_id = grains.component_id and summed.dimension = grains.dimension
        and summed.period_grain = grains.period_grain
inner join {{ ref('metric_component_touched_period') }} as touched
    on summed.component_id = touched.component_id and {{ same_period('summed', 'touched') }}
