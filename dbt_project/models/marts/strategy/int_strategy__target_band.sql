select
    metric_id, subject_type, subject_id, period_grain, period_start_on as period_start, lower_bound, upper_bound
from {{ ref('stg_library__targets') }}
where kind = 'within'
qualify row_number() over (
    partition by metric_id, subject_type, subject_id, period_grain, period_start_on
    order by revision desc, target_id asc
) = 1
