select component_id, subject_type, subject_id, period_grain, period_start, period_end, amount, n
from {{ ref('metric_component_short_period') }}
union all
select component_id, subject_type, subject_id, period_grain, period_start, period_end, amount, n
from {{ ref('metric_component_long_period') }}
union all
select component_id, subject_type, subject_id, period_grain, period_start, period_end, amount, n
from {{ ref('metric_component_direct') }}
where time_window = ''
