{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'metric_contribution'}}}) }}
-- Effects add up to the change, exactly. Numerators and denominators of the parts, unless some are withheld, add up to those of
-- the whole, but for the last digit of what is divided before.
with wholes as (
    select c.*, d.way, d.method
    from {{ ref('metric_change') }} as c
    inner join {{ ref('metric_decomposition') }} as d on c.metric_id = d.metric_id and d.is_decomposable
),

parts as (
    select
        metric_id, subject_type, subject_id, period_grain, period_start, period_end, comparison, way, count(*) as parts,
        bool_or(part_type = 'withheld') as has_withheld,
        sum(numerator) as numerator, sum(denominator) as denominator, sum(base_numerator) as base_numerator,
        sum(base_denominator) as base_denominator, sum(effect) as effect
    from {{ ref('metric_contribution') }}
    group by all
)

select w.*, p.*
from wholes as w
left join parts as p
    on {{ same_figure('w', 'p') }} and w.comparison = p.comparison and w.way = p.way
where
    coalesce(p.effect, 0) <> w.change
    or (
        not coalesce(p.has_withheld, false)
        and greatest(
            abs(coalesce(p.numerator, 0) - w.whole_numerator),
            abs(coalesce(p.base_numerator, 0) - w.whole_base_numerator),
            case when w.method in ('ratio', 'term') then abs(p.denominator - w.whole_denominator) end,
            case when w.method in ('ratio', 'term') then abs(p.base_denominator - w.whole_base_denominator) end
        ) > 0.0000000001 * p.parts
    )
