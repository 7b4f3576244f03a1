-- A figure is compared anew with a touched one; and always where a target band, which may have moved, says what is better.
select metric_id, period_grain, period_start, period_end from {{ ref('metric_touched') }}
union
select t.metric_id, o.period_grain, o.period_start, o.period_end
from {{ ref('metric_touched') }} as t
inner join {{ ref('dim_period_offset') }} as o
    on t.period_grain = o.period_grain and t.period_start = o.base_start and t.period_end = o.base_end
union
select b.metric_id, p.period_grain, p.period_start, p.period_end
from {{ ref('int_strategy__target_band') }} as b
cross join {{ ref('dim_period') }} as p
