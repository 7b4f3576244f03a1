{{ config(materialized='touched', touched=touched_spans()) }}
{#- Most metrics are asked for by week and month. Days between which nothing about the carrier changes are summed here, and
    people and positions are kept where some metric tells them apart, so that the roll-up over the organisation handles a
    fraction of the rows; its result is the same as day by day. -#}
with days as (
    select
        d.date_day, {{ span_of('d.date_day') }} as span_start,
        begins.first_day_on is not null as begins_a_period, ends.last_day_on is not null as ends_a_period
    from {{ ref('dim_date') }} as d
    left join (select distinct last_day_on from {{ ref('dim_period') }} where period_grain <> 'day') as ends
        on d.date_day = ends.last_day_on
    left join (select distinct first_day_on from {{ ref('dim_period') }} where period_grain <> 'day') as begins
        on d.date_day = begins.first_day_on
),

asked as (
    select
        t.component_id, bool_or(l.subject_type = 'employee') as by_employee, bool_or(l.subject_type = 'reporting_line') as by_line,
        bool_or(l.subject_type = 'position') as by_position, count(t.time_window) > 0 as is_held_over_days
    from {{ source('library', 'metric_term') }} as t
    inner join {{ source('library', 'metric_level') }} as l on t.metric_id = l.metric_id
    group by t.component_id
),

by_day as (
    {{ components_by_day() }}
),

components as (
    select
        c.component_id, c.time_aggregation, by_day.component_id is not null as is_by_day,
        coalesce(asked.by_employee, false) as by_employee, coalesce(asked.by_line, false) as by_line,
        coalesce(asked.by_position, false) as by_position, coalesce(asked.is_held_over_days, false) as is_held_over_days
    from {{ source('library', 'metric_component') }} as c
    left join asked on c.component_id = asked.component_id
    left join by_day on c.component_id = by_day.component_id
),

unit_intervals as (
    {{ unchanging_intervals(ref('int_hr__org_closure'), 'descendant_id') }}
),

line_intervals as (
    {{ unchanging_intervals(ref('int_hr__reporting_line'), 'employee_id') }}
),

-- Of a stock the days that no week or longer period counts are asked for by day alone, and that not by position or line.
counted as (
    select
        leaf.*, c.is_by_day, c.by_employee, c.by_line, c.by_position, days.span_start,
        c.time_aggregation <> 'sum' or c.is_by_day as is_kept_by_day,
        case
            when c.time_aggregation = 'first' then days.begins_a_period or c.is_held_over_days
            when c.time_aggregation = 'last' then days.ends_a_period or c.is_held_over_days
            else true
        end as is_in_a_period
    from {{ ref('metric_component_daily') }} as leaf
    inner join components as c on leaf.component_id = c.component_id
    inner join days on leaf.metric_date = days.date_day
    inner join {{ ref('metric_component_touched_span') }} as touched
        on leaf.component_id = touched.component_id and days.span_start = touched.span_start
    where {{ in_batch('leaf.metric_date') }}
),

carried as (
    select
        component_id, metric_date, span_start, is_kept_by_day, org_unit_id, amount, n,
        case when by_employee or (by_line and is_in_a_period) then employee_id end as employee_id,
        case when by_position and is_in_a_period then position_id end as position_id
    from counted
    where is_by_day or is_in_a_period
),

placed as (
    select
        c.component_id, c.employee_id, c.position_id, c.org_unit_id, c.amount, c.n,
        case when c.is_kept_by_day then c.metric_date else greatest(c.span_start, u.valid_from, l.valid_from) end as span_start
    from carried as c
    left join unit_intervals as u
        on c.org_unit_id = u.node_id and c.metric_date >= u.valid_from and c.metric_date < u.valid_to
    left join line_intervals as l
        on c.employee_id = l.node_id and c.metric_date >= l.valid_from and c.metric_date < l.valid_to
)

select
    component_id, employee_id, position_id, org_unit_id, span_start,
    cast(sum(amount) as decimal(38, 10)) as amount, cast(sum(n) as decimal(38, 6)) as n
from placed
group by component_id, employee_id, position_id, org_unit_id, span_start
