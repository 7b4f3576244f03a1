select distinct component_id, {{ span_of('metric_date') }} as span_start
from {{ ref('metric_component_touched') }}
