{{ config(materialized='touched', touched=touched_metric_periods(), in_batches=false) }}
with touched as (
    select * from {{ ref('metric_touched') }} where {{ in_batch('period_end') }}
),

valued as (
    {{ form_values("t.input = 0", "select * from touched", sliced=true) }}
)

{{ stated_values('valued', 'dimension, dimension_value, ') }}
union all
select
    metric_id, dimension, dimension_value, subject_type, subject_id, period_grain, period_start, period_end,
    numerator, denominator, value, n, state, metric_version
from {{ ref('metric_slice_as_published') }}
