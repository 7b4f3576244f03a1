{%- set figure = ['metric_id', 'subject_type', 'subject_id', 'period_grain', 'period_start', 'period_end'] -%}
with earlier as (
    select * from {{ ref('metric_value_published') }}
),

tonight as (
    select v.*
    from {{ ref('metric_value') }} as v
    inner join {{ ref('metric_touched') }} as touched on v.metric_id = touched.metric_id and {{ same_period('v', 'touched') }}
    where v.period_grain <> 'day'
),

changed as (
    select v.{{ figure | join(', v.') }}, earlier.value as value_before, v.value as value_now
    from tonight as v
    left join earlier on {{ same_figure('v', 'earlier') }}
    where v.restated_on = {{ run_setting('as_of') }} and v.value is distinct from earlier.value
),

-- What had a figure and has no row any more: the records behind it are somebody else's now, or gone.
vanished as (
    select earlier.{{ figure | join(', earlier.') }}, earlier.value as value_before, null as value_now
    from earlier
    left join tonight as v on {{ same_figure('earlier', 'v') }}
    where earlier.value is not null and v.metric_id is null
),

both_kinds as (
    select * from changed
    union all
    select * from vanished
),

-- Why: the definition moved within its major version, the models did, or else the records.
restated as (
    select
        r.*, {{ run_setting('as_of') }} as restated_on, m.version as metric_version,
        case
            when m.version <> published_metric.version then 'definition'
            when run.build_identity <> coalesce(published_run.build_identity, '') then 'code'
            else 'late_records'
        end as cause
    from both_kinds as r
    inner join {{ source('library', 'metric') }} as m on r.metric_id = m.metric_id
    inner join {{ source('published', 'dim_metric') }} as published_metric on r.metric_id = published_metric.metric_id
    cross join {{ source('library', 'run_info') }} as run
    cross join {{ source('published', 'run_info') }} as published_run
)

-- Restated twice as of one day: from the first value to the last.
select
    {% for key in figure + ['restated_on'] -%}
    coalesce(r.{{ key }}, logged.{{ key }}) as {{ key }},
    {% endfor -%}
    case when logged.metric_id is null then r.value_before else logged.value_before end as value_before,
    case when r.metric_id is null then logged.value_now else r.value_now end as value_now,
    coalesce(r.cause, logged.cause) as cause,
    coalesce(r.metric_version, logged.metric_version) as metric_version
from restated as r
full outer join {{ source('published', 'metric_restatement') }} as logged
    on {{ same_figure('r', 'logged') }} and r.restated_on = logged.restated_on
