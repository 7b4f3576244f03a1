{{ config(materialized='touched', touched=touched_component_periods()) }}
{#- Periods that whole weeks or months make up are summed from those, a year of them at most. -#}
with touched as (
    {{ touched_periods_asked_for() }}
),

touched_part as (
    select t.component_id, t.touched_number, p.part_grain, p.part_start
    from touched as t
    inner join {{ ref('dim_period_part') }} as p on {{ same_period('t', 'p') }}
    where p.part_grain <> p.period_grain
),

summed as (
    select p.*
    from {{ ref('metric_component_short_period') }} as p
    inner join {{ source('library', 'metric_component') }} as c on p.component_id = c.component_id
    where c.time_aggregation = 'sum' and {{ in_batch('p.period_start', 366) }}
),

grouped as (
    select t.touched_number, s.subject_type, s.subject_id, sum(s.amount) as amount, sum(s.n) as n
    from summed as s
    inner join touched_part as t
        on s.component_id = t.component_id and s.period_grain = t.part_grain and s.period_start = t.part_start
    group by t.touched_number, s.subject_type, s.subject_id
)

select t.component_id, g.subject_type, g.subject_id, t.period_grain, t.period_start, t.period_end, g.amount, g.n
from grouped as g
inner join touched as t on g.touched_number = t.touched_number
