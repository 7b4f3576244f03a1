-- A metric that multiplies shares is limited by the least of them; of two that are equally low, the first by name.
with factors as (
    select i.metric_id, i.input_id
    from {{ source('library', 'metric_input') }} as i
    inner join {{ source('library', 'metric') }} as m on i.metric_id = m.metric_id
    where m.is_product and i.input_type = 'metric'
),

figures as (
    select metric_id, subject_type, subject_id, period_grain, period_start, period_end, value
    from {{ ref('metric_value') }}
    where
        value is not null
        and (metric_id in (select metric_id from factors) or metric_id in (select input_id from factors))
)

select
    product.metric_id, product.subject_type, product.subject_id, product.period_grain, product.period_start,
    product.period_end, product.value,
    arg_min(factor.metric_id, (factor.value, factor.metric_id)) as limiting_metric_id,
    min(factor.value) as limiting_value
from figures as product
inner join factors on product.metric_id = factors.metric_id
inner join figures as factor
    on
        factors.input_id = factor.metric_id
        and product.subject_type = factor.subject_type and product.subject_id = factor.subject_id
        and product.period_grain = factor.period_grain
        and product.period_start = factor.period_start and product.period_end = factor.period_end
group by all
