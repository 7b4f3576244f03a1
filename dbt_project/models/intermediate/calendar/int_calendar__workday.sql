{{ config(materialized='view') }}

-- A clock that stands still on days off: how far it is, in microseconds, when a day begins.
select
    date_day,
    is_workday,
    86400000000 * count(*) filter (where is_workday) over (
        order by date_day rows between unbounded preceding and 1 preceding
    ) as clock_at_start
from {{ ref('dim_date') }}
