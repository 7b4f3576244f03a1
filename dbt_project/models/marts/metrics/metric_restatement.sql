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

restated_tonight as (
    select * from tonight where restated_on = {{ run_setting('as_of') }}
),

changed as (
    select v.{{ figure | join(', v.') }}, before.value as value_before, v.value as value_now
    from restated_tonight as v
    left join (
        select earlier.* from earlier semi join restated_tonight as now on {{ same_figure('earlier', 'now') }}
    ) as before on {{ same_figure('v', 'before') }}
    where v.value is distinct from before.value
),

-- Periods in which a metric has not the same subjects any more, by one number over them: few, as a rule, while figures are many.
other_subjects as (
    {% for figures in ['earlier', 'tonight'] -%}
    select
        metric_id, period_grain, period_start, period_end,
        count(*) as subjects, sum({{ row_hash('subject_type, subject_id') }}) as fingerprint
    from {{ figures }}
    group by metric_id, period_grain, period_start, period_end
    {{ 'except' if not loop.last }}
    {% endfor %}
),

-- What had a figure and has no row any more: the records behind it are somebody else's now, or gone.
vanished as (
    select before.{{ figure | join(', before.') }}, before.value as value_before, null as value_now
    from (
        select earlier.*
        from earlier
        inner join other_subjects as o on earlier.metric_id = o.metric_id and {{ same_period('earlier', 'o') }}
        where earlier.value is not null
    ) as before
    left join (
        select tonight.*
        from tonight
        inner join other_subjects as o on tonight.metric_id = o.metric_id and {{ same_period('tonight', 'o') }}
    ) as v on {{ same_figure('before', 'v') }}
    where v.metric_id is null
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
