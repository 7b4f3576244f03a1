-- A week or month is touched with any of its days. Days are kept only where a component is asked for day by day.
with components as (
    {{ direct_components() }}
),

asked as (
    select distinct c.population, p.part_grain
    from components as c
    inner join ({{ component_grains() }}) as g on c.component_id = g.component_id and g.time_window is null
    inner join {{ ref('dim_period_part') }} as p on g.period_grain = p.period_grain
    union
    select distinct c.population, 'day' as part_grain
    from components as c
    inner join ({{ component_grains() }}) as g on c.component_id = g.component_id and g.time_window is not null
),

touched_days as (
    select distinct c.population, d.date_day, d.iso_week_start_on, d.month_start_on
    from {{ ref('metric_component_touched') }} as t
    inner join components as c on t.component_id = c.component_id
    inner join {{ ref('dim_date') }} as d on t.metric_date = d.date_day
),

parts as (
    select population, 'day' as part_grain, date_day as part_start, date_day as part_end from touched_days
    union
    select population, 'week' as part_grain, iso_week_start_on, iso_week_start_on + 6 as part_end from touched_days
    union
    select population, 'month' as part_grain, month_start_on, last_day(month_start_on) as part_end from touched_days
)

select p.*
from parts as p
inner join asked as a on p.population = a.population and p.part_grain = a.part_grain
