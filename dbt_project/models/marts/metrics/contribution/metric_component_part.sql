{%- set keys = 'component_id, levels, subject_type, subject_id, period_grain, period_start' -%}
with wanted as (
    select distinct t.component_id, m.levels, c.time_aggregation
    from {{ source('library', 'metric_term') }} as t
    inner join {{ source('library', 'metric') }} as m on t.metric_id = m.metric_id
    inner join {{ source('library', 'metric_component') }} as c on t.component_id = c.component_id
    inner join {{ ref('metric_decomposition') }} as d on t.metric_id = d.metric_id and d.way = 'unit' and d.is_decomposable
    where c.attribution <> 'shared'
),

periods as (
    select period_grain, period_start from {{ ref('metric_change') }}
    union
    select period_grain, base_start as period_start from {{ ref('metric_change') }}
),

-- The days of each period that a component is asked for, of which a stock counts the first or the last.
days as (
    select
        g.component_id as asked_for, p.period_grain, p.period_start, d.date_day, d.date_day = p.first_day_on as is_first, d.date_day = p.last_day_on as is_last
    from {{ ref('dim_period') }} as p
    inner join periods as wanted on p.period_grain = wanted.period_grain and p.period_start = wanted.period_start
    inner join {{ ref('dim_date') }} as d on d.date_day between p.period_start and p.last_day_on
    inner join {{ ref('metric_component_grain') }} as g on p.period_grain = g.period_grain
),

units as (
    select
        s.component_id, w.levels, p.parent_type as subject_type, p.parent_id as subject_id,
        s.subject_type as part_type, s.subject_id as part_id, s.span_start, w.time_aggregation, s.amount, s.n
    from {{ ref('metric_component_subject') }} as s
    inner join wanted as w on s.component_id = w.component_id
    inner join {{ ref('metric_unit_parent') }} as p
        on
            w.levels = p.levels and p.carrier = 'unit' and s.subject_id = p.org_unit_id
            and s.span_start >= p.valid_from and s.span_start < p.valid_to
    where s.subject_type in {{ unit_types() }} and list_contains(string_split(w.levels, ','), s.subject_type)
),

people as (
    select
        s.component_id, w.levels, p.parent_type as subject_type, p.parent_id as subject_id,
        'employee' as part_type, s.employee_id as part_id, s.span_start, w.time_aggregation, s.amount, s.n
    from {{ ref('metric_component_span') }} as s
    inner join wanted as w on s.component_id = w.component_id
    inner join {{ ref('metric_unit_parent') }} as p
        on
            w.levels = p.levels and p.carrier = 'person' and s.org_unit_id = p.org_unit_id
            and s.span_start >= p.valid_from and s.span_start < p.valid_to
    where s.employee_id is not null and list_contains(string_split(w.levels, ','), 'employee')
),

carried as (
    select * from units
    union all
    select * from people
),

below as (
    select {{ keys }}, part_type, part_id, sum(amount) as amount, sum(n) as n
    from carried
    inner join days
        on
            carried.span_start = days.date_day and carried.component_id = days.asked_for
            and case carried.time_aggregation when 'first' then days.is_first when 'last' then days.is_last else true end
    group by {{ keys }}, part_type, part_id
),

wholes as (
    select w.component_id, w.levels, v.subject_type, v.subject_id, v.period_grain, v.period_start, v.amount, v.n
    from {{ ref('metric_component_period') }} as v
    inner join wanted as w on v.component_id = w.component_id
    inner join periods as p on v.period_grain = p.period_grain and v.period_start = p.period_start
    where v.subject_type in {{ unit_types() }} and list_contains(string_split(w.levels, ','), v.subject_type)
),

-- What the unit carries itself: all that no part below it has.
own as (
    select {{ keys }}, 'own' as part_type, '' as part_id, sum(amount) as amount, sum(n) as n
    from (
        select {{ keys }}, amount, n from wholes
        union all
        select {{ keys }}, -amount as amount, -n as n from below
    ) as difference
    group by {{ keys }}
    having sum(amount) <> 0 or sum(n) <> 0
)

select {{ keys }}, part_type, part_id, cast(amount as decimal(38, 10)) as amount, cast(n as decimal(38, 6)) as n
from below
union all
select {{ keys }}, part_type, part_id, cast(amount as decimal(38, 10)) as amount, cast(n as decimal(38, 6)) as n
from own
