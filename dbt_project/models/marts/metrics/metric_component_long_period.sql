{{ config(materialized='touched', touched=touched_component_periods()) }}
{#- Periods that whole weeks or months make up are summed from those, a year of them at most. -#}
{% set lengths = {'week': ['rolling_4_weeks'], 'month': ['quarter', 'year', 'ytd', 'rolling_3_months', 'rolling_12_months']} -%}
with touched as (
    select * from {{ ref('metric_component_touched_period') }} where {{ in_batch('period_end') }}
),

summed as (
    select p.*
    from {{ ref('metric_component_short_period') }} as p
    inner join {{ source('library', 'metric_component') }} as c on p.component_id = c.component_id
    where c.time_aggregation = 'sum' and {{ in_batch('p.period_start', 366) }}
)

{% for short, long in lengths.items() -%}
select
    s.component_id, s.subject_type, s.subject_id, t.period_grain, t.period_start, t.period_end,
    sum(s.amount) as amount, sum(s.n) as n
from summed as s
inner join touched as t
    on
        s.component_id = t.component_id
        and s.period_start >= t.period_start and s.period_start <= t.period_end
        and t.period_grain in ('{{ long | join("', '") }}')
where s.period_grain = '{{ short }}'
group by s.component_id, s.subject_type, s.subject_id, t.period_grain, t.period_start, t.period_end
{{ 'union all' if not loop.last }}
{% endfor %}
