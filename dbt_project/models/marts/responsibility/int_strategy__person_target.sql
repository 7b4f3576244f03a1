-- Of amounts only: rates are handed down whole, and nobody has a share of one. Where a metric has targets for several lengths of
-- period, the longest that is running counts.
with amounts as (
    select t.metric_id, t.subject_id as employee_id, t.period_grain, t.target
    from {{ ref('int_strategy__target') }} as t
    inner join {{ source('library', 'metric') }} as m on t.metric_id = m.metric_id and m.additivity = 'additive'
    cross join {{ source('library', 'run_context') }} as r
    where
        t.subject_type = 'employee' and t.origin in ('set', 'position') and t.target is not null
        and t.period_start <= r.as_of and r.as_of <= t.period_end
    qualify row_number() over (partition by t.metric_id, t.subject_id order by t.period_start asc, t.period_end desc) = 1
),

shared as (
    select
        a.employee_id, a.metric_id, a.period_grain, a.target, p.fte,
        sum(a.target) over (partition by p.org_unit_id, a.metric_id, a.period_grain) as unit_target,
        sum(p.fte) over (partition by p.org_unit_id, a.metric_id, a.period_grain) as unit_fte
    from amounts as a
    inner join {{ ref('int_strategy__person_load') }} as p on a.employee_id = p.employee_id
)

select
    employee_id, metric_id, period_grain, target,
    cast({{ ratio('target', 'fte') }} as decimal(24, 6)) as target_per_fte,
    cast({{ ratio('unit_target', 'unit_fte') }} as decimal(24, 6)) as unit_target_per_fte,
    cast({{ ratio('target', 'unit_target') }} as decimal(9, 6)) as share_of_unit
from shared
