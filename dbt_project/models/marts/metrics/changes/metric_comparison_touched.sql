-- A figure is compared anew with a touched one; and where its target band moved, which says what is better.
with bands as (
    select * from {{ ref('int_strategy__target_band') }}
    union all
    select * from {{ source('base', 'int_strategy__target_band') }}
),

-- What holds on one of the two nights alone.
moved as (
    select metric_id, subject_type, subject_id, period_grain, period_start, lower_bound, upper_bound
    from bands
    group by all
    having count(*) = 1
)

select metric_id, period_grain, period_start, period_end from {{ ref('metric_touched') }}
union
select t.metric_id, o.period_grain, o.period_start, o.period_end
from {{ ref('metric_touched') }} as t
inner join {{ ref('dim_period_offset') }} as o
    on t.period_grain = o.period_grain and t.period_start = o.base_start and t.period_end = o.base_end
union
select m.metric_id, p.period_grain, p.period_start, p.period_end
from moved as m
inner join {{ ref('dim_period') }} as p on m.period_grain = p.period_grain and m.period_start = p.period_start
