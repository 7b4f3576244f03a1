{{ config(materialized='touched', touched=touched_spans()) }}
{#- Most metrics are asked for by week and month. Days between which nothing about the carrier changes are summed here, so
    that the roll-up over the organisation handles a sixth of the rows; its result is the same as day by day. -#}
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

by_day as (
    {{ components_by_day() }}
),

components as (
    select c.component_id, c.time_aggregation, by_day.component_id is not null as is_by_day
    from {{ source('library', 'metric_component') }} as c
    left join by_day on c.component_id = by_day.component_id
),

unit_intervals as (
    {{ unchanging_intervals(ref('int_hr__org_closure'), 'descendant_id') }}
),

line_intervals as (
    {{ unchanging_intervals(ref('int_hr__reporting_line'), 'employee_id') }}
),

placed as (
    select
        leaf.component_id, leaf.employee_id, leaf.position_id, leaf.org_unit_id, leaf.amount, leaf.n,
        case
            when c.time_aggregation <> 'sum' or c.is_by_day then leaf.metric_date
            else greatest(days.span_start, u.valid_from, l.valid_from)
        end as span_start
    from {{ ref('metric_component_daily') }} as leaf
    inner join components as c on leaf.component_id = c.component_id
    inner join days on leaf.metric_date = days.date_day
    inner join {{ ref('metric_component_touched_span') }} as touched
        on leaf.component_id = touched.component_id and days.span_start = touched.span_start
    left join unit_intervals as u
        on leaf.org_unit_id = u.node_id and leaf.metric_date >= u.valid_from and leaf.metric_date < u.valid_to
    left join line_intervals as l
        on leaf.employee_id = l.node_id and leaf.metric_date >= l.valid_from and leaf.metric_date < l.valid_to
    where
        (
            c.is_by_day
            or case c.time_aggregation
                when 'first' then days.begins_a_period
                when 'last' then days.ends_a_period
                else true
            end
        )
        and {{ in_batch('leaf.metric_date') }}
)

select
    component_id, employee_id, position_id, org_unit_id, span_start,
    cast(sum(amount) as decimal(38, 10)) as amount, cast(sum(n) as decimal(38, 6)) as n
from placed
group by component_id, employee_id, position_id, org_unit_id, span_start
