with metrics as (
    select m.metric_id, m.version
    from {{ source('library', 'metric') }} as m
    inner join {{ source('published', 'dim_metric') }} as before
        on m.metric_id = before.metric_id and {{ major_version('m.version') }} = {{ major_version('before.version') }}
    where m.state in ('ok', 'stale')
),

-- The last restatement by the same major version, from the log of all of them.
restated as (
    select
        metric_id, subject_type, subject_id, period_grain, period_start, period_end,
        {{ major_version('metric_version') }} as major, max(restated_on) as restated_on
    from {{ source('published', 'metric_restatement') }}
    group by metric_id, subject_type, subject_id, period_grain, period_start, period_end, major
)

select
    v.metric_id, v.subject_type, v.subject_id, v.period_grain, v.period_start, v.period_end, v.value, restated.restated_on
from {{ source('published', 'metric_value') }} as v
inner join metrics on v.metric_id = metrics.metric_id
inner join {{ ref('metric_touched') }} as touched on v.metric_id = touched.metric_id and {{ same_period('v', 'touched') }}
inner join {{ source('library', 'metric_level') }} as l on v.metric_id = l.metric_id and v.subject_type = l.subject_type
inner join {{ source('library', 'metric_grain') }} as g on v.metric_id = g.metric_id and v.period_grain = g.period_grain
inner join (
    {{ periods_closed_before() }}
) as closed
    on {{ same_period('v', 'closed') }}
left join restated
    on {{ same_figure('v', 'restated') }} and {{ major_version('metrics.version') }} = restated.major
where v.state in ('ok', 'stale', 'no_data', 'suppressed')
