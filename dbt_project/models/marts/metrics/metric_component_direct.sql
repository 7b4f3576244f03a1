{#- Values of records are spread over many subjects and periods; there they go by numbers, which take little room. -#}
with components as (
    select
        component_id, aggregation, percentile, attribution,
        row_number() over (order by component_id) as component_number
    from {{ source('library', 'metric_component') }}
    where time_aggregation = 'direct'
),

grains as (
    {{ component_grains() }}
),

levels as (
    select distinct t.component_id, l.subject_type
    from {{ source('library', 'metric_term') }} as t
    inner join {{ source('library', 'metric_level') }} as l on t.metric_id = l.metric_id
    union
    select component_id, 'shared' as subject_type from components
),

records as (
    select r.*, c.attribution, c.component_number
    from {{ ref('metric_component_record') }} as r
    inner join components as c on r.component_id = c.component_id
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

attributed as (
    select
        r.component_number, s.subject_number, r.metric_date, d.iso_week_start_on, d.month_start_on,
        r.amount, r.member, r.n
    from records as r
    inner join owned as o
        on
            r.attribution = o.attribution and r.metric_date = o.metric_date
            and r.employee_id is not distinct from o.employee_id
            and r.position_id is not distinct from o.position_id
            and r.org_unit_id is not distinct from o.org_unit_id
    inner join levels as l on r.component_id = l.component_id and o.subject_type = l.subject_type
    inner join subjects as s on o.subject_type = s.subject_type and o.subject_id = s.subject_id
    inner join {{ ref('dim_date') }} as d on r.metric_date = d.date_day
),

held as (
    {{ held_days() }}
),

-- What is asked, and of which days, weeks or months it is made.
asked_part as (
    select
        c.component_number, '' as time_window, p.period_grain, p.period_start, p.period_end, p.part_grain, p.part_start
    from components as c
    inner join grains as g on c.component_id = g.component_id and g.time_window is null
    inner join {{ ref('dim_period_part') }} as p on g.period_grain = p.period_grain
    union all
    select
        c.component_number, held.time_window, held.period_grain, held.period_start, held.period_end,
        'day' as part_grain, d.date_day as part_start
    from components as c
    inner join held on c.component_id = held.component_id
    inner join {{ ref('dim_date') }} as d on d.date_day >= held.first_day_held and d.date_day <= held.last_day_held
),

asked as (
    select
        component_number, time_window, period_grain, period_start, period_end,
        row_number() over (order by component_number, time_window, period_grain, period_start, period_end) as asked_number
    from (
        select distinct component_number, time_window, period_grain, period_start, period_end from asked_part
    ) as every_question
),

made_of as (
    select a.asked_number, a.component_number, p.part_grain, p.part_start
    from asked as a
    inner join asked_part as p
        on a.component_number = p.component_number and a.time_window = p.time_window and {{ same_period('a', 'p') }}
),

-- The values of a day, week or month are brought together before they are spread over longer periods.
parts as (
    {% for grain, start in [('day', 'metric_date'), ('week', 'iso_week_start_on'), ('month', 'month_start_on')] -%}
    select
        component_number, subject_number, '{{ grain }}' as part_grain, {{ start }} as part_start, amount, member, sum(n) as n
    from attributed
    where component_number in (select component_number from made_of where part_grain = '{{ grain }}')
    group by component_number, subject_number, {{ start }}, amount, member
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

extremes as (
    select component_number, subject_number, part_grain, part_start, min(amount) as least, max(amount) as most, sum(n) as n
    from parts
    where component_number in (select component_number from components where aggregation in ('min', 'max'))
    group by component_number, subject_number, part_grain, part_start
),

extreme as (
    select m.asked_number, v.subject_number, min(v.least) as least, max(v.most) as most, sum(v.n) as n
    from extremes as v
    inner join made_of as m
        on v.component_number = m.component_number and v.part_grain = m.part_grain and v.part_start = m.part_start
    group by m.asked_number, v.subject_number
),

members as (
    select m.asked_number, v.subject_number, v.member, sum(v.n) as n
    from parts as v
    inner join made_of as m
        on v.component_number = m.component_number and v.part_grain = m.part_grain and v.part_start = m.part_start
    where v.member is not null
    group by m.asked_number, v.subject_number, v.member
),

-- Values in order, each with how many lie at or below it; sorting spills to disk, where lists of all values would not.
ranked as (
    select
        m.asked_number, v.subject_number, c.percentile, c.aggregation = 'percentile_disc' as is_discrete, v.amount,
        sum(v.n) over (partition by m.asked_number, v.subject_number order by v.amount) as at_or_below,
        sum(v.n) over (partition by m.asked_number, v.subject_number) as total
    from parts as v
    inner join components as c on v.component_number = c.component_number and c.percentile is not null
    inner join made_of as m
        on v.component_number = m.component_number and v.part_grain = m.part_grain and v.part_start = m.part_start
),

-- How many values lie before the percentile, as a whole number and what is left over.
located as (
    select
        asked_number, subject_number, amount, at_or_below, total,
        cast(
            case
                when is_discrete then greatest(ceil(percentile * cast(total as decimal(18, 0))) - 1, 0)
                else percentile * cast(total - 1 as decimal(18, 0))
            end as decimal(28, 8)
        ) as before
    from ranked
),

around as (
    select
        asked_number, subject_number, total, before - floor(before) as fraction,
        min(case when at_or_below > floor(before) then amount end) as lower_value,
        min(case when at_or_below > ceil(before) then amount end) as upper_value
    from located
    group by asked_number, subject_number, total, before
),

answers as (
    select
        v.asked_number, v.subject_number, v.n,
        cast(case c.aggregation when 'min' then v.least else v.most end as decimal(38, 10)) as amount
    from extreme as v
    inner join asked as a on v.asked_number = a.asked_number
    inner join components as c on a.component_number = c.component_number
    union all
    select asked_number, subject_number, sum(n) as n, cast(count(*) as decimal(38, 10)) as amount
    from members
    group by asked_number, subject_number
    union all
    select
        asked_number, subject_number, total as n,
        cast(lower_value + (upper_value - lower_value) * cast(fraction as decimal(9, 8)) as decimal(38, 10)) as amount
    from around
)

select
    c.component_id, a.time_window, s.subject_type, s.subject_id, a.period_grain, a.period_start, a.period_end,
    v.amount, cast(v.n as decimal(38, 6)) as n
from answers as v
inner join asked as a on v.asked_number = a.asked_number
inner join components as c on a.component_number = c.component_number
inner join subjects as s on v.subject_number = s.subject_number
where a.period_grain <> 'day' or s.subject_type not in ('position', 'reporting_line')
