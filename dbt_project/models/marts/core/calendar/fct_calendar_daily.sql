select
    date_day,
    1 as calendar_days,
    case when is_workday then 1 else 0 end as business_days
from {{ ref('dim_date') }}
where is_past
