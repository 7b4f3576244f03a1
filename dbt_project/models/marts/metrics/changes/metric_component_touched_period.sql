select distinct s.component_id, p.period_grain, p.period_start, p.period_end
from {{ ref('metric_component_touched_span') }} as s
inner join {{ ref('dim_period') }} as p
    on s.span_start <= p.period_end and {{ span_end('s.span_start') }} >= p.period_start
