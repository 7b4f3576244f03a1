{% set parts = {
    'day': ['day'], 'week': ['week', 'rolling_4_weeks'],
    'month': ['month', 'quarter', 'year', 'ytd', 'rolling_3_months', 'rolling_12_months'],
} -%}
with periods as (
    select period_grain, period_start, period_end from {{ ref('dim_period') }}
)

{% for part, grains in parts.items() -%}
select p.period_grain, p.period_start, p.period_end, part.period_grain as part_grain, part.period_start as part_start
from periods as p
inner join periods as part
    on part.period_grain = '{{ part }}' and part.period_start >= p.period_start and part.period_end <= p.period_end
where p.period_grain in ('{{ grains | join("', '") }}')
{{ 'union all' if not loop.last }}
{% endfor %}
