-- A period is touched with any of its days; a window with any day that it may hold, which is every one until its last.
with components as (
    {{ direct_components() }}
),

held as (
    {{ held_days() }}
)

select period.component_id, '' as time_window, period.period_grain, period.period_start, period.period_end
from {{ ref('metric_component_touched_period') }} as period
inner join components as c on period.component_id = c.component_id
inner join ({{ component_grains() }}) as asked
    on
        period.component_id = asked.component_id and period.period_grain = asked.period_grain
        and asked.time_window is null
union
select held.component_id, held.time_window, held.period_grain, held.period_start, held.period_end
from held
inner join components as c on held.component_id = c.component_id
inner join (
    select component_id, min(metric_date) as first_day from {{ ref('metric_component_touched') }} group by component_id
) as touched
    on held.component_id = touched.component_id and held.last_day_held >= touched.first_day
