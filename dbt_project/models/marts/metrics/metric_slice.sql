with valued as (
    {{ form_values("t.input = 0", every_period(), sliced=true) }}
)

{{ stated_values('valued', 'dimension, dimension_value, ') }}
union all
select
    metric_id, dimension, dimension_value, subject_type, subject_id, period_grain, period_start, period_end,
    numerator, denominator, value, n, state, metric_version
from {{ ref('metric_slice_as_published') }}
