{{ config(
    materialized='touched', touched=touched_metric_periods('metric_comparison_touched'), in_batches=false,
    years_kept=var('contribution_years')
) }}
-- depends_on: {{ ref('metric_comparison_touched') }}
with changes as (
    select c.*, d.way, d.method
    from {{ ref('metric_change') }} as c
    inner join {{ ref('metric_decomposition') }} as d on c.metric_id = d.metric_id and d.is_decomposable
),

sides as (
    {% for side, start in (('', 'period_start'), ('base_', 'base_start')) -%}
    select
        c.change_id, c.metric_id, c.way, p.part_type, p.part_id, p.n,
        {% for column in ('numerator', 'denominator') -%}
        {{ 'p.' ~ column if side == 'base_' else '0' }} as base_{{ column }}, {{ 'p.' ~ column if side == '' else '0' }} as {{ column }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from changes as c
    inner join {{ ref('metric_part') }} as p
        on
            c.metric_id = p.metric_id and c.way = p.way and c.subject_type = p.subject_type and c.subject_id = p.subject_id
            and c.period_grain = p.period_grain and c.{{ start }} = p.period_start
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Parts on too few records, in either period, are told only together.
withheld as (
    select distinct s.change_id, s.way, s.part_type, s.part_id
    from sides as s
    inner join {{ source('library', 'metric') }} as m on s.metric_id = m.metric_id
    where s.way = 'unit' and s.n < m.min_n
),

parts as (
    select
        s.change_id, s.way,
        case when w.change_id is null then s.part_type else 'withheld' end as part_type,
        case when w.change_id is null then s.part_id else '' end as part_id,
        sum(s.base_numerator) as base_numerator, sum(s.base_denominator) as base_denominator,
        sum(s.numerator) as numerator, sum(s.denominator) as denominator
    from sides as s
    left join withheld as w
        on s.change_id = w.change_id and s.way = w.way and s.part_type = w.part_type and s.part_id = w.part_id
    group by 1, 2, 3, 4
),

moved as (
    select
        p.change_id, p.way, p.part_type, p.part_id, c.method, c.change,
        {% for column in ('base_numerator', 'base_denominator', 'numerator', 'denominator') -%}
        cast(p.{{ column }} as decimal(38, 10)) as {{ column }}, c.whole_{{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    from parts as p
    inner join changes as c on p.change_id = c.change_id and p.way = c.way
    where p.base_numerator <> 0 or p.base_denominator <> 0 or p.numerator <> 0 or p.denominator <> 0
),

effects as (
    {{ contribution_effects('moved', ['change_id', 'way'], ['part_type', 'part_id']) }}
)

select
    c.metric_id, c.subject_type, c.subject_id, c.period_grain, c.period_start, c.period_end, c.comparison, c.base_start, c.base_end,
    e.way, e.part_type, e.part_id,
    {% for column in ('base_numerator', 'base_denominator', 'numerator', 'denominator', 'rate_effect', 'mix_effect') -%}
    case when e.part_type <> 'withheld' then e.{{ column }} end as {{ column }},
    {% endfor -%}
    c.change, e.effect
from effects as e
inner join {{ ref('metric_change') }} as c on e.change_id = c.change_id
