select
    m.metric_id, 'company' as subject_type, root.org_unit_id as subject_id,
    p.period_grain, p.period_start, p.period_end,
    cast(null as decimal(38, 10)) as numerator,
    cast(null as decimal(38, 10)) as denominator,
    cast(null as decimal(38, 10)) as value,
    cast(0 as bigint) as n,
    case when m.state in ('error', 'not_computable') then m.state else 'no_data' end as state,
    m.version as metric_version
from {{ source('library', 'metric') }} as m
inner join {{ source('library', 'metric_grain') }} as g on m.metric_id = g.metric_id
inner join {{ source('library', 'metric_level') }} as l on m.metric_id = l.metric_id and l.subject_type = 'company'
inner join {{ ref('dim_period') }} as p on g.period_grain = p.period_grain
cross join {{ ref('int_hr__company_root') }} as root
where p.period_grain <> 'day' and root.org_unit_id is not null
