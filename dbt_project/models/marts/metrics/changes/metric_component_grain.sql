-- What a metric asks for, the weeks and months that longer periods are made of, and days that a window may begin with.
with asked as (
    {{ component_grains() }}
)

select component_id, period_grain from asked
union
select a.component_id, p.part_grain as period_grain
from asked as a
inner join (select distinct period_grain, part_grain from {{ ref('dim_period_part') }}) as p on a.period_grain = p.period_grain
union
select component_id, 'day' as period_grain
from asked
where time_window is not null
