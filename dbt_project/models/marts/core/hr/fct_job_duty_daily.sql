-- The register holds duties as they stand now: each is known to hold since it was last reviewed, and no earlier.
with linked as (
    select distinct link.duty_id
    from {{ ref('stg_library__position_metrics') }} as link
    inner join {{ source('library', 'metric') }} as metric on link.metric_id = metric.metric_id
    cross join {{ source('library', 'run_context') }} as r
    where
        link.duty_id is not null and metric.status in ('published', 'retiring') and metric.state in ('ok', 'stale')
        and {{ open_from('link.valid_from') }} <= r.as_of and r.as_of < {{ open_to('link.valid_to') }}
)

select
    day.date_day as day_on,
    duty.duty_id,
    duty.position_id,
    position.org_unit_id,
    cast(null as varchar) as employee_id,
    case when duty.measurability = 'quantitative' then 1 else 0 end as measurable_duties,
    case when duty.measurability = 'quantitative' and linked.duty_id is not null then 1 else 0 end as measured_duties,
    {{ source_row('duty') }}
from {{ ref('stg_hr__job_duties') }} as duty
left join linked on duty.duty_id = linked.duty_id
inner join {{ ref('dim_date') }} as day
    on
        day.is_past
        and day.date_day >= coalesce(duty.last_reviewed_on, {{ run_setting('as_of') }})
inner join {{ ref('int_hr__position_version') }} as position
    on
        duty.position_id = position.position_id
        and day.date_day >= position.valid_from
        and day.date_day < position.valid_to
