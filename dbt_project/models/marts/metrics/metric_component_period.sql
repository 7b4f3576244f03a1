with spans as (
    select d.*, c.time_aggregation
    from {{ ref('metric_component_subject') }} as d
    inner join {{ source('library', 'metric_component') }} as c on d.component_id = c.component_id
),

days as (
    select date_day, iso_week_start_on, month_start_on from {{ ref('dim_date') }}
),

by_day as (
    {{ components_by_day() }}
),

-- A day is published for units and people; for positions and reporting lines a week is the finest.
each_day as (
    select d.component_id, d.subject_type, d.subject_id, 'day' as period_grain, d.span_start as period_start, d.amount, d.n
    from spans as d
    inner join by_day on d.component_id = by_day.component_id
    where d.time_aggregation = 'sum' and d.subject_type not in ('position', 'reporting_line')
),

weekly as (
    select
        d.component_id, d.subject_type, d.subject_id, 'week' as period_grain, t.iso_week_start_on as period_start,
        sum(d.amount) as amount, sum(d.n) as n
    from spans as d
    inner join days as t on d.span_start = t.date_day
    where d.time_aggregation = 'sum'
    group by d.component_id, d.subject_type, d.subject_id, t.iso_week_start_on
),

monthly as (
    select
        d.component_id, d.subject_type, d.subject_id, 'month' as period_grain, t.month_start_on as period_start,
        sum(d.amount) as amount, sum(d.n) as n
    from spans as d
    inner join days as t on d.span_start = t.date_day
    where d.time_aggregation = 'sum'
    group by d.component_id, d.subject_type, d.subject_id, t.month_start_on
),

-- Semi-additive: summed over the organisation, the last or first day over time; nothing that day is nothing for the period.
one_day as (
    select d.component_id, d.subject_type, d.subject_id, p.period_grain, p.period_start, p.period_end, d.amount, d.n
    from spans as d
    inner join {{ ref('dim_period') }} as p
        on d.span_start = case d.time_aggregation when 'first' then p.first_day_on else p.last_day_on end
    where
        d.time_aggregation in ('first', 'last')
        and (p.period_grain <> 'day' or d.subject_type not in ('position', 'reporting_line'))
),

single_grains as (
    select * from each_day
    union all
    select * from weekly
    union all
    select * from monthly
),

-- Longer periods are summed from weeks or months, where a metric is published for them.
longer as (
    select
        s.component_id, s.subject_type, s.subject_id, p.period_grain, p.period_start, p.period_end,
        sum(s.amount) as amount, sum(s.n) as n
    from (
        select * from weekly
        union all
        select * from monthly
    ) as s
    inner join {{ ref('dim_period_part') }} as p
        on s.period_grain = p.part_grain and s.period_start = p.part_start and p.period_grain <> p.part_grain
    inner join (
        select distinct component_id, period_grain
        from (
            {{ component_grains() }}
        ) as every_grain
    ) as g
        on s.component_id = g.component_id and p.period_grain = g.period_grain
    group by s.component_id, s.subject_type, s.subject_id, p.period_grain, p.period_start, p.period_end
)

select s.component_id, s.subject_type, s.subject_id, s.period_grain, s.period_start, p.period_end, s.amount, s.n
from single_grains as s
inner join {{ ref('dim_period') }} as p on s.period_grain = p.period_grain and s.period_start = p.period_start
union all
select component_id, subject_type, subject_id, period_grain, period_start, period_end, amount, n from longer
union all
select component_id, subject_type, subject_id, period_grain, period_start, period_end, amount, n from one_day
union all
select component_id, subject_type, subject_id, period_grain, period_start, period_end, amount, n
from {{ ref('metric_component_direct') }}
where time_window = ''
