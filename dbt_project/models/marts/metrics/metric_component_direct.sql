{#- A record counts for many subjects and periods; there its value goes by its number in the order of all values, which takes
    little room. Components over the same values of the same records (a median, a percentile, the greatest) are one
    population, which is put in order once. -#}
with components as (
    {{ direct_components() }}
),

subjects as (
    select
        subject_type, subject_id,
        cast(row_number() over (order by subject_type, subject_id) as integer) as subject_number
    from (select distinct subject_type, subject_id from {{ ref('metric_record_subject') }}) as every_subject
),

attributed as (
    select r.population, s.subject_number, r.metric_date, r.iso_week_start_on, r.month_start_on, r.value_number
    from {{ ref('metric_record_subject') }} as r
    inner join subjects as s on r.subject_type = s.subject_type and r.subject_id = s.subject_id
),

held as (
    {{ held_days() }}
),

-- What is asked, and of which days, weeks or months it is made.
asked_part as (
    select distinct
        c.population, '' as time_window, p.period_grain, p.period_start, p.period_end, p.part_grain, p.part_start
    from components as c
    inner join ({{ component_grains() }}) as g on c.component_id = g.component_id and g.time_window is null
    inner join {{ ref('dim_period_part') }} as p on g.period_grain = p.period_grain
    union all
    select distinct
        c.population, held.time_window, held.period_grain, held.period_start, held.period_end,
        'day' as part_grain, d.date_day as part_start
    from components as c
    inner join held on c.component_id = held.component_id
    inner join {{ ref('dim_date') }} as d on d.date_day >= held.first_day_held and d.date_day <= held.last_day_held
),

asked as (
    select
        population, time_window, period_grain, period_start, period_end,
        cast(
            row_number() over (order by population, time_window, period_grain, period_start, period_end) as integer
        ) as asked_number
    from (select distinct population, time_window, period_grain, period_start, period_end from asked_part) as every_question
),

made_of as (
    select a.asked_number, a.population, p.part_grain, p.part_start
    from asked as a
    inner join asked_part as p
        on a.population = p.population and a.time_window = p.time_window and {{ same_period('a', 'p') }}
),

-- The values of a day, week or month are one list, and those of a longer period the lists of its parts put together.
parts as (
    {% for grain, start in [('day', 'metric_date'), ('week', 'iso_week_start_on'), ('month', 'month_start_on')] -%}
    select
        population, subject_number, '{{ grain }}' as part_grain, {{ start }} as part_start,
        list(value_number) as value_numbers
    from attributed
    where population in (select population from made_of where part_grain = '{{ grain }}')
    group by population, subject_number, {{ start }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

gathered as (
    select m.asked_number, p.subject_number, list_sort(flatten(list(p.value_numbers))) as value_numbers
    from parts as p
    inner join made_of as m
        on p.population = m.population and p.part_grain = m.part_grain and p.part_start = m.part_start
    group by m.asked_number, p.subject_number
),

-- Where in the order the answer lies: between two values, or on one.
located as (
    select
        *,
        cast(
            case aggregation
                when 'min' then 0
                when 'max' then n - 1
                when 'percentile_disc' then greatest(ceil(percentile * cast(n as decimal(18, 0))) - 1, 0)
                else percentile * cast(n - 1 as decimal(18, 0))
            end as decimal(28, 8)
        ) as place
    from (
        select g.*, c.*, len(g.value_numbers) as n
        from gathered as g
        inner join asked as a on g.asked_number = a.asked_number
        inner join components as c on a.population = c.population
    ) as every_list
),

picked as (
    select
        asked_number, subject_number, population, component_id, aggregation, n, place - floor(place) as fraction,
        value_numbers[cast(floor(place) as integer) + 1] as number_below,
        value_numbers[cast(ceil(place) as integer) + 1] as number_above,
        case aggregation when 'count_distinct' then list_unique(value_numbers) end as members
    from located
),

answers as (
    select
        p.asked_number, p.subject_number, p.component_id, p.n,
        case p.aggregation
            when 'count_distinct' then cast(p.members as decimal(38, 10))
            else cast(
                below.amount + (above.amount - below.amount) * cast(p.fraction as decimal(9, 8)) as decimal(38, 10)
            )
        end as amount
    from picked as p
    left join {{ ref('metric_record_value') }} as below on p.population = below.population and p.number_below = below.value_number
    left join {{ ref('metric_record_value') }} as above on p.population = above.population and p.number_above = above.value_number
)

select
    v.component_id, a.time_window, s.subject_type, s.subject_id, a.period_grain, a.period_start, a.period_end,
    v.amount, cast(v.n as decimal(38, 6)) as n
from answers as v
inner join asked as a on v.asked_number = a.asked_number
inner join subjects as s on v.subject_number = s.subject_number
where a.period_grain <> 'day' or s.subject_type not in ('position', 'reporting_line')
