-- A figure is compared anew with a touched one; and where its target band moved, which says what is better.
with bands as (
    select * from {{ ref('int_strategy__target_band') }}
),

bands_before as (
    select * from {{ source('base', 'int_strategy__target_band') }}
),

moved as (
    (select * from bands except select * from bands_before)
    union
    (select * from bands_before except select * from bands)
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
