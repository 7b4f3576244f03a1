-- The position that a link names does not matter here: a duty is measured by a metric once.
with links as (
    select duty_id, metric_id, max(case when strength = 'full' then 1 else 0 end) as is_full
    from {{ ref('int_strategy__duty_link') }}
    group by duty_id, metric_id
),

by_duty as (
    select duty_id, count(*) as links, sum(is_full) as full_links, string_agg(metric_id, ', ' order by metric_id) as linked
    from links
    group by duty_id
),

by_metric as (
    select metric_id, count(*) as links, sum(is_full) as full_links, string_agg(duty_id, ', ' order by duty_id) as linked
    from links
    group by metric_id
),

duties as (
    select
        'duty' as side, d.duty_id as object_id, d.position_id, d.duty_text as label, d.duty_text_zh as label_zh,
        d.measurability, d.effort_pct, d.authority_scope, d.last_reviewed_on, cast(null as varchar) as metric_status,
        true as is_live, l.links, l.full_links, l.linked
    from {{ ref('stg_hr__job_duties') }} as d
    left join by_duty as l on d.duty_id = l.duty_id
),

-- Only metrics that a company stands by: drafts and counter-examples ask nothing of anybody.
metrics as (
    select
        'metric' as side, m.metric_id as object_id, replace(m.owner, 'position:', '') as position_id, m.label,
        m.name_zh as label_zh, cast(null as varchar) as measurability, cast(null as decimal(5, 2)) as effort_pct,
        cast(null as varchar) as authority_scope, cast(null as date) as last_reviewed_on, m.status as metric_status,
        m.status in ('published', 'retiring') and m.state in ('ok', 'stale') as is_live, l.links, l.full_links, l.linked
    from {{ source('library', 'metric') }} as m
    left join by_metric as l on m.metric_id = l.metric_id
    where m.status not in ('draft', 'retired', 'rejected')
),

both_sides as (
    select * from duties
    union all
    select * from metrics
)

select
    side, object_id, position_id, label, label_zh, measurability, effort_pct, authority_scope, last_reviewed_on, metric_status,
    coalesce(links, 0) as links,
    cast(coalesce(full_links, 0) as bigint) as full_links,
    linked,
    links is not null as is_covered,
    case
        when links is not null then null
        when not is_live then null
        when side = 'metric' then 'metric_without_duty'
        when measurability = 'quantitative' then 'duty_without_metric'
        when measurability = 'none' then 'unmeasurable'
    end as gap
from both_sides
