{{ config(materialized='touched', batches='metric_figure_batch', touched=touched_metric_periods('metric_comparison_touched')) }}
{#- What a figure is compared with ended a year and a week before it at most. -#}
{% set days_to_base = 380 %}
-- depends_on: {{ ref('metric_figure_batch') }}
with figures as (
    select * from {{ ref('metric_value') }} where period_grain <> 'day' and {{ in_batch('period_end') }}
),

-- A part is not compared with a whole: both periods have passed, and the calendar has all of their days.
whole_periods as (
    select p.period_grain, p.period_start, p.period_end
    from {{ ref('dim_period') }} as p
    where {{ is_whole_period('p') }}
),

bases as (
    select
        o.period_grain, o.period_start, o.period_end,
        max(case when c.comparison = 'previous_period' then o.base_start end) as previous_start,
        max(case when c.comparison = 'previous_period' then o.base_end end) as previous_end,
        max(case when c.comparison = 'same_period_last_year' then o.base_start end) as last_year_start,
        max(case when c.comparison = 'same_period_last_year' then o.base_end end) as last_year_end
    from {{ ref('dim_period_offset') }} as o
    inner join (
        {{ comparison_offsets() }}
    ) as c
        on o.period_grain = c.period_grain and o.offset_periods = c.offset_periods and o.offset_grain = c.offset_grain
    inner join whole_periods as p on {{ same_period('o', 'p') }}
    inner join whole_periods as b
        on o.period_grain = b.period_grain and o.base_start = b.period_start and o.base_end = b.period_end
    group by o.period_grain, o.period_start, o.period_end
),

joined as (
    select
        v.*, p.is_complete, m.direction, band.lower_bound, band.upper_bound,
        bases.previous_start, bases.previous_end, previous.value as previous_value,
        bases.last_year_start, bases.last_year_end, last_year.value as last_year_value
    from figures as v
    inner join {{ ref('metric_comparison_touched') }} as touched
        on v.metric_id = touched.metric_id and {{ same_period('v', 'touched') }}
    inner join {{ source('library', 'metric') }} as m on v.metric_id = m.metric_id
    inner join {{ ref('dim_period') }} as p on {{ same_period('v', 'p') }}
    left join bases on {{ same_period('v', 'bases') }}
    left join {{ ref('metric_value') }} as previous
        on
            {{ in_batch('previous.period_end', days_to_base) }}
            and {{ same_series('v', 'previous') }} and v.period_grain = previous.period_grain
            and bases.previous_start = previous.period_start and bases.previous_end = previous.period_end
    left join {{ ref('metric_value') }} as last_year
        on
            {{ in_batch('last_year.period_end', days_to_base) }}
            and {{ same_series('v', 'last_year') }} and v.period_grain = last_year.period_grain
            and bases.last_year_start = last_year.period_start and bases.last_year_end = last_year.period_end
    left join {{ ref('int_strategy__target_band') }} as band
        on
            {{ same_series('v', 'band') }}
            and v.period_grain = band.period_grain and v.period_start = band.period_start
)

select
    metric_id, subject_type, subject_id, period_grain, period_start, period_end, is_complete, value, state, metric_version,
    previous_start, previous_end, previous_value,
    {{ change_columns('previous', 'value', 'previous_value') }},
    last_year_start, last_year_end, last_year_value,
    {{ change_columns('last_year', 'value', 'last_year_value') }}
from joined
