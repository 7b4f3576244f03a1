{{ config(materialized='touched', batches='metric_record_batch', touched=touched_evaluations()) }}
{#- Components over the same values of the same records (a median, a percentile, the greatest) are one population, whose values
    are put in order once. -#}
-- depends_on: {{ ref('metric_record_batch') }}
with components as (
    {{ direct_components() }}
),

touched as (
    select t.*, c.population, c.aggregation, c.percentile
    from {{ ref('metric_evaluation_touched') }} as t
    inner join components as c on t.component_id = c.component_id
    where {{ in_batch('t.period_end') }}
),

asked as (
    select distinct population, time_window, period_grain, period_start, period_end from touched
),

held as (
    select distinct c.population, h.time_window, h.period_grain, h.period_start, h.period_end, h.first_day_held, h.last_day_held
    from ({{ held_days() }}) as h
    inner join components as c on h.component_id = c.component_id
),

-- Of which days, weeks or months it is made.
asked_part as (
    select a.*, p.part_grain, p.part_start
    from asked as a
    inner join {{ ref('dim_period_part') }} as p on {{ same_period('a', 'p') }}
    where a.time_window = ''
    union all
    select a.*, 'day' as part_grain, d.date_day as part_start
    from asked as a
    inner join held on a.population = held.population and a.time_window = held.time_window and {{ same_period('a', 'held') }}
    inner join {{ ref('dim_date') }} as d on d.date_day >= held.first_day_held and d.date_day <= held.last_day_held
),

gathered as (
    select
        a.population, a.time_window, a.period_grain, a.period_start, a.period_end, p.subject_type, p.subject_id,
        list_sort(flatten(list(p.amounts) filter (where p.amounts is not null))) as amounts,
        list_unique(flatten(list(p.member_numbers) filter (where p.member_numbers is not null))) as members,
        sum(p.n) as n
    from {{ ref('metric_record_part') }} as p
    inner join asked_part as a
        on p.population = a.population and p.part_grain = a.part_grain and p.part_start = a.part_start
    group by all
),

-- Where in the order the answer lies: between two values, or on one.
located as (
    select
        g.*, t.component_id, t.aggregation,
        cast(
            case t.aggregation
                when 'min' then 0
                when 'max' then g.n - 1
                when 'percentile_disc' then greatest(ceil(t.percentile * cast(g.n as decimal(18, 0))) - 1, 0)
                else t.percentile * cast(g.n - 1 as decimal(18, 0))
            end as decimal(28, 8)
        ) as place
    from gathered as g
    inner join touched as t
        on g.population = t.population and g.time_window = t.time_window and {{ same_period('g', 't') }}
),

picked as (
    select
        *, cast(place - floor(place) as decimal(9, 8)) as fraction,
        amounts[cast(floor(place) as integer) + 1] as amount_below,
        amounts[cast(ceil(place) as integer) + 1] as amount_above
    from located
)

select
    component_id, time_window, subject_type, subject_id, period_grain, period_start, period_end,
    case aggregation
        when 'count_distinct' then cast(members as decimal(38, 10))
        else cast(amount_below + (amount_above - amount_below) * fraction as decimal(38, 10))
    end as amount,
    cast(n as decimal(38, 6)) as n
from picked
where period_grain <> 'day' or subject_type not in ('position', 'reporting_line')
