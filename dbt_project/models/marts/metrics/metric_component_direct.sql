{#- A record counts for many subjects and periods; there its value goes by its number in the order of all values, which takes
    little room. Components over the same values of the same records (a median, a percentile, the greatest) are one
    population, which is put in order once. -#}
with components as (
    select
        component_id, aggregation, percentile, attribution,
        min(component_id) over same_values as representative_id,
        dense_rank() over (order by semantic_model, date_column, expression, filter, aggregation = 'count_distinct') as population
    from {{ source('library', 'metric_component') }}
    where time_aggregation = 'direct'
    window same_values as (
        partition by semantic_model, date_column, expression, filter, aggregation = 'count_distinct'
    )
),

grains as (
    {{ component_grains() }}
),

levels as (
    select distinct c.population, l.subject_type
    from {{ source('library', 'metric_term') }} as t
    inner join components as c on t.component_id = c.component_id
    inner join {{ source('library', 'metric_level') }} as l on t.metric_id = l.metric_id
    union
    select population, 'shared' as subject_type from components
),

records as (
    select r.*, c.attribution, c.population
    from {{ ref('metric_component_record') }} as r
    inner join components as c on r.component_id = c.component_id and c.component_id = c.representative_id
),

carriers as (
    select distinct attribution, employee_id, position_id, org_unit_id, metric_date from records
),

-- Where a record sits: in the positions that the person held on the day, else where the record itself says.
seats as (
    select
        c.*,
        coalesce(h.position_id, c.position_id) as held_position_id,
        coalesce(h.org_unit_id, c.org_unit_id, root.org_unit_id) as carrying_unit_id
    from carriers as c
    cross join {{ ref('int_hr__company_root') }} as root
    left join {{ ref('int_hr__employee_assignment') }} as h
        on
            c.attribution = 'employee' and c.employee_id = h.employee_id
            and c.metric_date >= h.valid_from and c.metric_date < h.valid_to
),

managers as (
    select distinct manager_id from {{ ref('int_hr__reporting_line') }} where distance > 0
),

-- Whose record it is. A subject has it once, however many positions lead there.
owned as (
    select attribution, employee_id, position_id, org_unit_id, metric_date, 'employee' as subject_type, employee_id as subject_id
    from carriers
    where employee_id is not null
    union
    select attribution, employee_id, position_id, org_unit_id, metric_date, 'position' as subject_type, held_position_id as subject_id
    from seats
    where held_position_id is not null
    union
    select
        s.attribution, s.employee_id, s.position_id, s.org_unit_id, s.metric_date,
        coalesce(u.ancestor_type, 'company') as subject_type, coalesce(u.ancestor_id, root.org_unit_id) as subject_id
    from seats as s
    cross join {{ ref('int_hr__company_root') }} as root
    left join {{ ref('int_hr__org_closure') }} as u
        on
            s.carrying_unit_id = u.descendant_id
            and s.metric_date >= u.valid_from and s.metric_date < u.valid_to
    where s.attribution <> 'shared'
    union
    select c.attribution, c.employee_id, c.position_id, c.org_unit_id, c.metric_date, 'reporting_line' as subject_type, l.manager_id
    from carriers as c
    inner join {{ ref('int_hr__reporting_line') }} as l
        on c.employee_id = l.employee_id and c.metric_date >= l.valid_from and c.metric_date < l.valid_to
    inner join managers as m on l.manager_id = m.manager_id
    union
    select attribution, employee_id, position_id, org_unit_id, metric_date, 'shared' as subject_type, '' as subject_id
    from carriers
    where attribution = 'shared'
),

subjects as (
    select subject_type, subject_id, row_number() over (order by subject_type, subject_id) as subject_number
    from (select distinct subject_type, subject_id from owned) as every_subject
),

-- Values in order, by number; of members only whether two are the same matters.
numbered as (
    select
        population, amount, member,
        cast(row_number() over (partition by population order by amount, member) as integer) as value_number
    from (select distinct population, amount, member from records) as every_value
),

attributed as (
    select
        cast(r.population as integer) as population, cast(s.subject_number as integer) as subject_number,
        r.metric_date, d.iso_week_start_on, d.month_start_on, v.value_number
    from records as r
    inner join numbered as v
        on
            r.population = v.population
            and r.amount is not distinct from v.amount and r.member is not distinct from v.member
    inner join owned as o
        on
            r.attribution = o.attribution and r.metric_date = o.metric_date
            and r.employee_id is not distinct from o.employee_id
            and r.position_id is not distinct from o.position_id
            and r.org_unit_id is not distinct from o.org_unit_id
    inner join levels as l on r.population = l.population and o.subject_type = l.subject_type
    inner join subjects as s on o.subject_type = s.subject_type and o.subject_id = s.subject_id
    inner join {{ ref('dim_date') }} as d on r.metric_date = d.date_day
),

held as (
    {{ held_days() }}
),

-- What is asked, and of which days, weeks or months it is made.
asked_part as (
    select distinct
        c.population, '' as time_window, p.period_grain, p.period_start, p.period_end, p.part_grain, p.part_start
    from components as c
    inner join grains as g on c.component_id = g.component_id and g.time_window is null
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
    select a.asked_number, cast(a.population as integer) as population, p.part_grain, p.part_start
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

wanted as (
    select a.asked_number, a.population, c.component_id, c.aggregation, c.percentile
    from asked as a
    inner join components as c on a.population = c.population
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
        select w.*, g.subject_number, g.value_numbers, len(g.value_numbers) as n
        from gathered as g
        inner join wanted as w on g.asked_number = w.asked_number
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
    left join numbered as below on p.population = below.population and p.number_below = below.value_number
    left join numbered as above on p.population = above.population and p.number_above = above.value_number
)

select
    v.component_id, a.time_window, s.subject_type, s.subject_id, a.period_grain, a.period_start, a.period_end,
    v.amount, cast(v.n as decimal(38, 6)) as n
from answers as v
inner join asked as a on v.asked_number = a.asked_number
inner join subjects as s on v.subject_number = s.subject_number
where a.period_grain <> 'day' or s.subject_type not in ('position', 'reporting_line')
