-- Subjects that MetricFlow has no words for, summed day by day from the records that `judge.sql` placed: units at every depth,
-- positions, managers' lines; years to date and rolling windows, whose date here is the day on which they end.

-- Who stood in whose line on each day: the register's manager of that day, and his or hers, to the top.
create temp table manager_day as
with register as (
    select
        employee_id, nullif(manager_id, '') as manager_id,
        coalesce(valid_from, date '1900-01-01') as valid_from,
        least(
            coalesce(valid_to, date '9999-12-31'),
            coalesce(lead(valid_from) over (partition by employee_id order by valid_from nulls first), date '9999-12-31')
        ) as valid_to
    from staging.stg_hr__employees
)
select c.day, r.employee_id, r.manager_id
from calendar as c
inner join register as r on r.valid_from <= c.day and c.day < r.valid_to
where r.manager_id is not null;

create temp table line_day as
with recursive above as (
    select day, employee_id, manager_id from manager_day
    union
    select a.day, a.employee_id, m.manager_id
    from above as a
    inner join manager_day as m on a.day = m.day and a.manager_id = m.employee_id
)
select day, employee_id, manager_id from above
union
select c.day, m.manager_id, m.manager_id
from calendar as c
cross join (select distinct manager_id from above) as m;

create temp table representative as
select unnest([
    'revenue', 'orders', 'tickets_resolved', 'first_contact', 'contacts_known', 'handling_hours', 'overtime_hours',
    'contract_and_overtime_hours', 'ledger_profit', 'headcount_days', 'fte_days'
]) as component;

create temp table placed as
select r.* from reached as r inner join representative as c on r.component = c.component;

create temp table beyond_daily as
with by_unit as (
    select component, day, org_unit_id, sum(amount) as amount from placed group by component, day, org_unit_id
),

by_person as (
    select component, day, employee_id, sum(amount) as amount
    from placed where employee_id is not null group by component, day, employee_id
)

select r.component, u.ancestor_level as subject_type, u.ancestor_id as subject_id, r.day, sum(r.amount) as amount
from by_unit as r
inner join unit_day as u on r.org_unit_id = u.org_unit_id and r.day = u.day
group by r.component, u.ancestor_level, u.ancestor_id, r.day
union all
select component, 'position', position_id, day, sum(amount)
from placed where position_id is not null
group by component, position_id, day
union all
select r.component, 'reporting_line', l.manager_id, r.day, sum(r.amount)
from by_person as r
inner join line_day as l on r.employee_id = l.employee_id and r.day = l.day
group by r.component, l.manager_id, r.day;

-- Each day in every period that holds it. A period that is not over yet ends today.
create temp table beyond_period as
with as_of as (select max(day) as today, min(day) as first_day from calendar),
week_end as (select distinct cast(date_trunc('week', day) as date) + 6 as ends_on from calendar),
month_end as (select distinct last_day(day) as ends_on from calendar),
window_of as (
    select 'week' as grain, ends_on - 6 as starts_on, ends_on from week_end
    union all
    select 'month', cast(date_trunc('month', ends_on) as date), ends_on from month_end
    union all
    select 'ytd', cast(date_trunc('year', ends_on) as date), ends_on from month_end
    union all
    select 'rolling_4_weeks', ends_on - 27, ends_on from week_end
    union all
    select 'rolling_3_months', cast(date_trunc('month', ends_on) - interval 2 month as date), ends_on from month_end
    union all
    select 'rolling_12_months', cast(date_trunc('month', ends_on) - interval 11 month as date), ends_on from month_end
)
select
    w.grain, w.ends_on, c.day, c.day = least(w.ends_on, a.today) as is_last_day
from window_of as w
cross join as_of as a
inner join calendar as c on w.starts_on <= c.day and c.day <= w.ends_on
where w.grain not like 'rolling%' or w.starts_on >= a.first_day;

create temp table beyond as
select
    d.component, d.subject_type, d.subject_id, p.grain, p.ends_on,
    sum(d.amount) as amount, sum(d.amount) filter (where p.is_last_day) as last_day_amount
from beyond_daily as d
inner join beyond_period as p on d.day = p.day
group by d.component, d.subject_type, d.subject_id, p.grain, p.ends_on;

create temp table beyond_elapsed as select grain, ends_on, count(distinct day) as days from beyond_period group by grain, ends_on;
