with asked as (
    select * from {{ ref('int_strategy__target') }}
    union all by name
    select * from {{ ref('int_strategy__untargeted') }}
),

-- What grows with its period: an amount, or an amount over a mean such as the average FTE.
gathering as (
    select t.metric_id
    from {{ source('library', 'metric_term') }} as t
    inner join {{ source('library', 'metric_component') }} as c on t.component_id = c.component_id
    where t.input = 0
    group by t.metric_id
    having bool_and(
        case t.role
            when 'denominator' then t.per is not null
            else c.time_aggregation = 'sum' and t.per is null and t.time_window is null
        end
    )
),

targets as (
    select
        t.*, m.metric_id is not null as is_metric_known, m.direction, gathering.metric_id is not null as accumulates,
        m.version as metric_version, m.state as metric_state
    from asked as t
    left join {{ source('library', 'metric') }} as m on t.metric_id = m.metric_id
    left join gathering on t.metric_id = gathering.metric_id
),

subjects as (
    select 'unit' as subject_class, org_unit_id as subject_id from {{ ref('int_hr__known_unit') }}
    union all
    select distinct 'position' as subject_class, position_id as subject_id from {{ ref('int_hr__position_version') }}
    union all
    select 'employee' as subject_class, employee_id as subject_id from {{ ref('int_hr__known_employee') }}
),

-- Working days before each day of the calendar, and before the day after its last.
clock as (
    select date_day, cast(clock_at_start / 86400000000 as integer) as workdays_before from {{ ref('int_calendar__workday') }}
    union all
    select
        max(date_day) + 1 as date_day,
        cast(count(case when is_workday then 1 end) as integer) as workdays_before
    from {{ ref('int_calendar__workday') }}
)

select
    t.*, t.period_end > {{ run_setting('as_of') }} as is_open, v.value, v.n, v.state as value_state,
    case
        when not t.is_metric_known then 'unknown_metric'
        when s.subject_id is null then 'unknown_subject'
        else {{ target_problem() }}
    end as invalid_reason,
    last.workdays_before - first.workdays_before as workdays,
    greatest(now.workdays_before - first.workdays_before, 0) as elapsed_workdays
from targets as t
left join subjects as s
    on
        t.subject_id = s.subject_id
        and case t.subject_type
            when 'position' then 'position' when 'employee' then 'employee' when 'reporting_line' then 'employee' else 'unit'
        end = s.subject_class
left join {{ ref('metric_value') }} as v
    on
        t.metric_id = v.metric_id and t.measured_type = v.subject_type and t.measured_id = v.subject_id
        and {{ same_period('t', 'v') }}
left join clock as first on t.period_start = first.date_day
left join clock as last on cast(t.period_end + 1 as date) = last.date_day
left join clock as now
    on least(cast(t.period_end + 1 as date), cast({{ run_setting('as_of') }} + 1 as date)) = now.date_day
