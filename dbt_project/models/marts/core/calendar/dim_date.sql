select
    date_day,
    cast(date_trunc('week', date_day) as date) as iso_week_start_on,
    cast(date_trunc('month', date_day) as date) as month_start_on,
    cast(date_trunc('quarter', date_day) as date) as quarter_start_on,
    cast(date_trunc('year', date_day) as date) as year_start_on,
    is_workday,
    holiday_name,
    date_day <= {{ run_setting('as_of') }} as is_past
from {{ source('library', 'calendar_day') }}
