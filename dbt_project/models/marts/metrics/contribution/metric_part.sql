{%- set keys = 'metric_id, way, subject_type, subject_id, period_grain, period_start, part_type, part_id' -%}
with terms as (
    select t.*, d.way, m.levels, c.attribution = 'shared' as is_shared
    from {{ source('library', 'metric_term') }} as t
    inner join {{ source('library', 'metric') }} as m on t.metric_id = m.metric_id
    inner join {{ source('library', 'metric_component') }} as c on t.component_id = c.component_id
    inner join {{ ref('metric_decomposition') }} as d on t.metric_id = d.metric_id
    where d.is_decomposable
),

wholes as (
    select metric_id, subject_type, subject_id, period_grain, period_start from {{ ref('metric_change') }}
    union
    select metric_id, subject_type, subject_id, period_grain, base_start as period_start from {{ ref('metric_change') }}
),

totals as (
    select * from {{ ref('metric_component_period') }}
),

by_unit as (
    select w.*, t.way, t.role, t.coefficient, t.per, p.part_type, p.part_id, p.amount, p.n
    from wholes as w
    inner join terms as t on w.metric_id = t.metric_id and t.way = 'unit'
    inner join {{ ref('metric_component_part') }} as p
        on
            t.component_id = p.component_id and t.levels = p.levels
            and w.subject_type = p.subject_type and w.subject_id = p.subject_id
            and w.period_grain = p.period_grain and w.period_start = p.period_start
),

-- A term is a part by itself; what is shared counts for every subject.
by_component as (
    select w.*, t.way, t.role, t.coefficient, t.per, t.role as part_type, t.component_id as part_id, p.amount, p.n
    from wholes as w
    inner join terms as t on w.metric_id = t.metric_id and t.way = 'component'
    inner join totals as p
        on
            t.component_id = p.component_id and w.period_grain = p.period_grain and w.period_start = p.period_start
            and case when t.is_shared then 'shared' else w.subject_type end = p.subject_type
            and case when t.is_shared then '' else w.subject_id end = p.subject_id
),

both_ways as (
    select * from by_unit
    union all
    select * from by_component
),

weighed as (
    select
        a.*,
        {{ term_amount('a', 's.amount') }} as weighed
    from both_ways as a
    left join totals as s
        on
            a.per = s.component_id and s.subject_type = 'shared'
            and a.period_grain = s.period_grain and a.period_start = s.period_start
)

select
    {{ keys }},
    coalesce(sum(case when role = 'numerator' then weighed end), 0) as numerator,
    coalesce(sum(case when role = 'denominator' then weighed end), 0) as denominator,
    cast(ceil(coalesce(max(case when role = 'denominator' then n end), max(n))) as bigint) as n
from weighed
group by {{ keys }}
