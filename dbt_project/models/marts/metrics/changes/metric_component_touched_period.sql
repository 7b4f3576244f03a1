-- What is no longer asked for by a grain is touched too: its rows go.
with grains as (
    select component_id, period_grain from {{ ref('metric_component_grain') }}
    union
    select component_id, period_grain from {{ source('base', 'metric_component_grain') }}
)

select distinct s.component_id, p.period_grain, p.period_start, p.period_end
from {{ ref('metric_component_touched_span') }} as s
inner join grains as g on s.component_id = g.component_id
inner join {{ ref('dim_period') }} as p
    on
        g.period_grain = p.period_grain
        and s.span_start <= p.period_end and {{ span_end('s.span_start') }} >= p.period_start
