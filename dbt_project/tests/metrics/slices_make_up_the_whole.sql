{{ config(meta={'dagster': {'ref': {'name': 'metric_slice_period'}}}) }}
-- Over all values of a dimension the records are those of the whole, each once. Amounts are too, but for the fifth decimal
-- that a measure may have: a leaf is rounded to four.
with sliced as (
    select
        component_id, dimension, subject_type, subject_id, period_grain, period_start, period_end,
        sum(amount) as amount, sum(n) as n
    from {{ ref('metric_slice_period') }}
    group by component_id, dimension, subject_type, subject_id, period_grain, period_start, period_end
),

whole as (
    select distinct s.dimension, p.*
    from {{ ref('metric_component_period') }} as p
    inner join {{ source('library', 'metric_term') }} as t on p.component_id = t.component_id
    inner join {{ source('library', 'metric_slice') }} as s on t.metric_id = s.metric_id
    inner join {{ source('library', 'metric_level') }} as l on s.metric_id = l.metric_id and p.subject_type = l.subject_type
    inner join {{ source('library', 'metric_grain') }} as g on s.metric_id = g.metric_id and p.period_grain = g.period_grain
    where p.subject_type in ('company', 'division', 'department', 'team') and p.period_grain <> 'day'
)

select whole.*, sliced.amount as sliced_amount, sliced.n as sliced_n
from whole
full join sliced
    on
        whole.component_id = sliced.component_id and whole.dimension = sliced.dimension
        and whole.subject_type = sliced.subject_type and whole.subject_id = sliced.subject_id
        and whole.period_grain = sliced.period_grain
        and whole.period_start = sliced.period_start and whole.period_end = sliced.period_end
where
    whole.n is distinct from sliced.n
    or whole.amount is null or sliced.amount is null
    or abs(whole.amount - sliced.amount) > 0.0001 * whole.n
