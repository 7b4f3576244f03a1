select
    t.metric_id, t.input, t.role, t.component_id, t.coefficient, t.per, t.offset_periods, t.offset_grain, t.time_window,
    c.fact, c.measure, c.aggregation, c.time_aggregation, c.expression, c.filter, c.date_column, c.attribution
from {{ source('library', 'metric_term') }} as t
left join {{ source('library', 'metric_component') }} as c on t.component_id = c.component_id
