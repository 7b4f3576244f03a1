-- Amounts are kept by spans of a week within a month; of the span in which a day falls, as much counts as it has working days.
with open_figures as (
    select distinct
        metric_id, measured_type, measured_id, period_grain, accumulates,
        cast({{ ratio('elapsed_workdays', 'workdays') }} as decimal(12, 10)) as share_passed
    from {{ ref('int_strategy__target_figure') }}
    where
        is_open and target is not null and value is not null and invalid_reason is null and elapsed_workdays > 0
),

clock as (
    select
        date_day, cast(clock_at_start / 86400000000 as integer) as workdays_before,
        cast(clock_at_start / 86400000000 as integer) + case when is_workday then 1 else 0 end as workdays_until
    from {{ ref('int_calendar__workday') }}
),

-- The day of each closed period on which as much of its working time had passed as has of the open one tonight.
cuts as (
    select
        o.period_grain, o.share_passed, p.period_start, max(day.date_day) as cut_on
    from (select distinct period_grain, share_passed from open_figures) as o
    inner join {{ ref('dim_period') }} as p on o.period_grain = p.period_grain
    inner join clock as first on p.period_start = first.date_day
    inner join clock as day on day.date_day between p.period_start and p.period_end
    where
        {{ is_whole_period('p') }}
        and day.workdays_until - first.workdays_before <= o.share_passed * p.business_days
    group by o.period_grain, o.share_passed, p.period_start
),

by_day as (
    {{ components_by_day() }}
),

terms as (
    select
        t.metric_id, t.role, t.component_id, t.coefficient, by_day.component_id is not null as is_by_day
    from {{ source('library', 'metric_term') }} as t
    inner join {{ source('library', 'metric_component') }} as c on t.component_id = c.component_id
    left join by_day on t.component_id = by_day.component_id
    where
        t.input = 0 and c.time_aggregation = 'sum' and t.per is null and t.offset_grain is null and t.time_window is null
),

amounts as (
    select
        o.metric_id, o.measured_type, o.measured_id, o.period_grain, o.accumulates, o.share_passed, cuts.period_start,
        t.role, t.coefficient * s.amount as amount,
        case
            when s.span_start > cuts.cut_on then 0
            when t.is_by_day or {{ span_end('s.span_start') }} <= cuts.cut_on then 1
            else coalesce(
                {{ ratio('cut.workdays_until - first.workdays_before', 'last.workdays_until - first.workdays_before') }}, 1
            )
        end as part_passed
    from open_figures as o
    inner join terms as t on o.metric_id = t.metric_id
    inner join {{ ref('metric_component_subject') }} as s
        on t.component_id = s.component_id and o.measured_type = s.subject_type and o.measured_id = s.subject_id
    inner join {{ ref('dim_date') }} as d on s.span_start = d.date_day
    inner join cuts
        on
            o.period_grain = cuts.period_grain and o.share_passed = cuts.share_passed
            and cuts.period_start = case o.period_grain
                when 'week' then d.iso_week_start_on
                when 'month' then d.month_start_on
                when 'quarter' then d.quarter_start_on
                when 'year' then d.year_start_on
            end
    inner join clock as first on s.span_start = first.date_day
    inner join clock as cut on cuts.cut_on = cut.date_day
    inner join clock as last on {{ span_end('s.span_start') }} = last.date_day
)

select
    metric_id, measured_type, measured_id, period_grain, accumulates, share_passed, period_start,
    {%- for role in ['numerator', 'denominator'] %}
    sum(case when role = '{{ role }}' then cast(amount * part_passed as decimal(38, 6)) end) as {{ role }}_then,
    sum(case when role = '{{ role }}' then cast(amount as decimal(38, 6)) end) as {{ role }}_in_all
    {{- ',' if not loop.last }}
    {%- endfor %}
from amounts
group by metric_id, measured_type, measured_id, period_grain, accumulates, share_passed, period_start
