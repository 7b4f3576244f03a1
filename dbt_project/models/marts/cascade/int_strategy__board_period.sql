-- The board begins with the first period for which anything was to be reached.
with bounds as (
    select min(period_start) as first_day_on from {{ ref('mart_attainment') }} where target_id is not null
)

select
    u.org_unit_id, u.subject_type, p.period_grain, p.period_start, p.period_end, p.is_complete, p.label_en, p.label_zh,
    least(p.period_end, {{ run_setting('as_of') }}) as seen_on
from {{ ref('dim_org_unit') }} as u
cross join bounds as b
inner join {{ ref('dim_period') }} as p on p.period_grain in ('month', 'quarter') and b.first_day_on <= p.period_start
where u.is_current
