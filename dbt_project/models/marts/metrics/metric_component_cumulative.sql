{#- Sums over any number of days are differences of two running totals, so that a long window costs what a short one does. -#}
with held as (
    {{ held_days() }}
),

totals as (
    select
        component_id, subject_type, subject_id, span_start as metric_date,
        sum(amount) over through_the_day as amount,
        sum(n) over through_the_day as n,
        count(*) over through_the_day as days
    from {{ ref('metric_component_subject') }}
    where component_id in (select component_id from held)
    window through_the_day as (partition by component_id, subject_type, subject_id order by span_start)
),

asked as (
    select held.*, s.subject_type, s.subject_id, held.first_day_held - 1 as day_before
    from (select distinct component_id, subject_type, subject_id from totals) as s
    inner join held on s.component_id = held.component_id
    where held.period_grain <> 'day' or s.subject_type not in ('position', 'reporting_line')
)

-- Where no day of the window has anything, there is no figure.
select
    a.component_id, a.time_window, a.subject_type, a.subject_id, a.period_grain, a.period_start, a.period_end,
    cast(until.amount - coalesce(before.amount, 0) as decimal(38, 10)) as amount,
    cast(until.n - coalesce(before.n, 0) as decimal(38, 6)) as n
from asked as a
asof join totals as until
    on
        a.component_id = until.component_id and a.subject_type = until.subject_type and a.subject_id = until.subject_id
        and a.last_day_held >= until.metric_date
asof left join totals as before
    on
        a.component_id = before.component_id and a.subject_type = before.subject_type and a.subject_id = before.subject_id
        and a.day_before >= before.metric_date
where until.days > coalesce(before.days, 0)
union all
select component_id, time_window, subject_type, subject_id, period_grain, period_start, period_end, amount, n
from {{ ref('metric_component_direct') }}
where time_window <> ''
