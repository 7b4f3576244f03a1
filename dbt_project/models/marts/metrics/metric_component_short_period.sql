{{ config(materialized='touched', touched=touched_component_periods()) }}
{#- A week reaches six days back; of a period whose first day counts, that day may lie a year back. -#}
with spans as (
    select d.*
    from {{ ref('metric_component_subject') }} as d
    inner join {{ source('library', 'metric_component') }} as c on d.component_id = c.component_id
    where c.time_aggregation = 'sum' and {{ in_batch('d.span_start', 6) }}
),

on_days_that_count as (
    select d.*, c.time_aggregation
    from {{ ref('metric_component_subject') }} as d
    inner join {{ source('library', 'metric_component') }} as c on d.component_id = c.component_id
    where c.time_aggregation in ('first', 'last') and {{ in_batch('d.span_start', 366) }}
),

touched as (
    {{ touched_periods_asked_for() }}
),

-- A day is published for units and people; for positions and reporting lines a week is the finest.
each_day as (
    select
        d.component_id, d.subject_type, d.subject_id, t.period_grain, t.period_start, t.period_end, d.amount, d.n
    from spans as d
    inner join touched as t
        on d.component_id = t.component_id and d.span_start = t.period_start and t.period_grain = 'day'
    where d.subject_type not in ('position', 'reporting_line')
),

{% for grain, start in [('week', 'iso_week_start_on'), ('month', 'month_start_on')] -%}
each_{{ grain }} as (
    select t.touched_number, d.subject_type, d.subject_id, sum(d.amount) as amount, sum(d.n) as n
    from spans as d
    inner join {{ ref('dim_date') }} as days on d.span_start = days.date_day
    inner join touched as t
        on d.component_id = t.component_id and days.{{ start }} = t.period_start and t.period_grain = '{{ grain }}'
    group by t.touched_number, d.subject_type, d.subject_id
),

{% endfor -%}
-- Semi-additive: summed over the organisation, the last or first day over time; nothing that day is nothing for the period.
one_day as (
    select
        d.component_id, d.subject_type, d.subject_id, p.period_grain, p.period_start, p.period_end, d.amount, d.n
    from on_days_that_count as d
    inner join (
        {{ days_that_count() }}
    ) as p
        on d.time_aggregation = p.time_aggregation and d.span_start = p.counted_on
    inner join touched as t
        on d.component_id = t.component_id and p.period_grain = t.period_grain
        and p.period_start = t.period_start and p.period_end = t.period_end
    where p.period_grain <> 'day' or d.subject_type not in ('position', 'reporting_line')
)

select * from each_day
union all
{% for grain in ['week', 'month'] -%}
select t.component_id, d.subject_type, d.subject_id, t.period_grain, t.period_start, t.period_end, d.amount, d.n
from each_{{ grain }} as d
inner join touched as t on d.touched_number = t.touched_number
union all
{% endfor -%}
select * from one_day
