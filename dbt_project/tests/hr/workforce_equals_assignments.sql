{{ config(meta={'dagster': {'ref': {'name': 'fct_workforce_daily'}}}) }}
-- Full-time shares by day, added up from days and from intervals, are the same; each employed person counts once a day;
-- and everybody's shares of attribution sum to exactly 1.
with bounds as (
    select min(date_day) as first_day, max(date_day) + 1 as day_after from {{ ref('fct_calendar_daily') }}
),

by_day as (
    select coalesce(sum(fte), 0) as fte_days from {{ ref('fct_workforce_daily') }}
),

by_interval as (
    select
        coalesce(sum(
            assignment.fte_share
            * (least(assignment.valid_to, bounds.day_after) - greatest(assignment.valid_from, bounds.first_day))
        ), 0) as fte_days
    from {{ ref('int_hr__employee_assignment') }} as assignment
    inner join bounds on assignment.valid_from < bounds.day_after and assignment.valid_to > bounds.first_day
)

select
    'fte days' as what,
    null as employee_id,
    null as since,
    by_day.fte_days - by_interval.fte_days as difference
from by_day
cross join by_interval
where by_day.fte_days <> by_interval.fte_days

union all

select
    'headcount' as what,
    employee_id,
    work_date as since,
    sum(headcount) - 1 as difference
from {{ ref('fct_workforce_daily') }}
group by employee_id, work_date
having sum(headcount) <> 1

union all

select
    'attribution share' as what,
    employee_id,
    valid_from as since,
    sum(attribution_share) - 1 as difference
from {{ ref('int_hr__employee_assignment') }}
group by employee_id, valid_from
having sum(attribution_share) <> 1
