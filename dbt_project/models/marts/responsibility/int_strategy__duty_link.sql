{{ config(materialized='view') }}
-- A duty that HR no longer has, or a metric that the library lost, cannot be linked; its row stays a finding.
select
    l.duty_id, l.metric_id, l.position_id,
    case when bool_or(coalesce(l.strength, 'full') = 'full') then 'full' else 'partial' end as strength
from {{ ref('stg_library__position_metrics') }} as l
inner join {{ ref('stg_hr__job_duties') }} as d on l.duty_id = d.duty_id
inner join {{ source('library', 'metric') }} as m on l.metric_id = m.metric_id
cross join {{ source('library', 'run_context') }} as r
where
    m.status not in ('draft', 'retired', 'rejected')
    and {{ open_from('l.valid_from') }} <= r.as_of and r.as_of < {{ open_to('l.valid_to') }}
group by l.duty_id, l.metric_id, l.position_id
