with newest as (
    select period_grain, max(period_start) as period_start
    from {{ ref('dim_period') }}
    where is_complete and period_grain in ('month', 'quarter', 'year')
    group by period_grain
),

off_track as (
    select
        a.subject_id, a.period_grain, a.period_start, count(*) as targets, min(a.attainment) as least_attainment,
        string_agg(distinct a.metric_id, ', ' order by a.metric_id) as metrics
    from {{ ref('mart_attainment') }} as a
    inner join newest as n on a.period_grain = n.period_grain and a.period_start = n.period_start
    where a.subject_type = 'employee' and a.status = 'off_track' and a.state = 'ok'
    group by a.subject_id, a.period_grain, a.period_start
)

-- Where no talk is ever put down, none is missing.
select
    'REV-04' as rule_id, 'info' as severity, 'employee' as object_type, o.subject_id as object_id,
    cast(null as varchar) as metric_id, 'employee' as subject_type, o.subject_id, o.period_grain, o.period_start,
    cast(null as varchar) as file, cast(null as bigint) as line,
    o.subject_id || ' was off track in ' || o.targets || ' target(s) of the ' || o.period_grain || ' from ' || o.period_start || ' ('
    || o.metrics || '; the lowest attainment is ' || {{ two_decimals('100 * o.least_attainment') }}
    || ' %), and no talk since that day is on record; talk, and put it down in coaching_sessions' as message,
    o.subject_id || ' 在 ' || o.period_start || ' 起的周期（' || o.period_grain || '）有 ' || o.targets || ' 项目标偏离（'
    || o.metrics || '；最低达成率 ' || {{ two_decimals('100 * o.least_attainment') }}
    || ' %），自该日起没有辅导记录；请进行辅导并登记到 coaching_sessions' as message_zh
from off_track as o
left join {{ ref('stg_library__coaching_sessions') }} as s
    on o.subject_id = s.employee_id and s.held_on between o.period_start and {{ run_setting('as_of') }}
where s.session_id is null and exists (select 1 from {{ ref('stg_library__coaching_sessions') }})
