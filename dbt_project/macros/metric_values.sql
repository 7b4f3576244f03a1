{#-
  Values of metrics, and of the inputs of formulas, for every subject and period: terms summed above and below the line and
  divided last. `condition` over the columns of `metric_term` as t says which: t.input = 0 is the metric itself. `asked` is a
  query for the metrics and periods wanted: metric_id, period_grain, period_start, period_end.

  Result: metric_id, input, subject_type, subject_id, period_grain, period_start, period_end, numerator, denominator, value, n;
  with `sliced`, of the metrics that are sliced, and by dimension and dimension_value too.
-#}
{% macro form_values(condition, asked, sliced=false) -%}
{%- set decimal = 'decimal(38, 10)' -%}
{%- set subject = 'subject_type, subject_id' -%}
{%- set period = 'period_grain, period_start, period_end' -%}
{%- set slice = 'dimension, dimension_value, ' if sliced else '' -%}
with chosen as (
    select
        t.*, coalesce(t.time_window, '') as reading_window, coalesce(t.offset_grain, '') as reading_offset
        {{- ', s.dimension' if sliced }}
    from {{ source('library', 'metric_term') }} as t
    {%- if sliced %}
    inner join {{ source('library', 'metric_slice') }} as s on t.metric_id = s.metric_id
    {%- endif %}
    where {{ condition }}
),

-- The periods wanted, and those that are read for them: the same, or an earlier one where a term is offset.
read as (
    select
        a.metric_id, o.reading_offset, o.offset_periods, a.period_grain, a.period_start, a.period_end,
        coalesce(b.base_start, a.period_start) as read_start, coalesce(b.base_end, a.period_end) as read_end
    from (
        {{ asked }}
    ) as a
    inner join {{ source('library', 'metric_grain') }} as g on a.metric_id = g.metric_id and a.period_grain = g.period_grain
    inner join (select distinct metric_id, reading_offset, offset_periods from chosen) as o on a.metric_id = o.metric_id
    left join {{ ref('dim_period_offset') }} as b
        on
            o.reading_offset = b.offset_grain and o.offset_periods = b.offset_periods
            and {{ same_period('a', 'b') }}
    where o.reading_offset = '' or b.base_start is not null
),

-- What is the same for every subject, such as days, is read beside what each has.
shared_readings as (
    {{ component_readings("subject_type = 'shared'", sliced) }}
),

levels as (
    select metric_id, subject_type from {{ source('library', 'metric_level') }}
    union all
    select distinct metric_id, 'shared' as subject_type from chosen
),

terms as (
    {{ term_amounts("subject_type <> 'shared'", sliced) }}
),

shared_terms as (
    {{ term_amounts("subject_type = 'shared'", sliced) }}
),

summed as (
    {{ summed_terms('terms', sliced) }}
),

shared as (
    {{ summed_terms('shared_terms', sliced) }}
),

shape as (
    select
        metric_id, input,
        count(case when role = 'numerator' then 1 end) as numerator_terms,
        count(case when role = 'denominator' then 1 end) as denominator_terms
    from {{ source('library', 'metric_term') }}
    group by metric_id, input
),

joined as (
    select
        v.metric_id, v.input, {{ 'v.dimension, v.dimension_value,' if sliced }} v.subject_type, v.subject_id, v.period_grain, v.period_start, v.period_end, v.n,
        f.zero_denominator,
        h.denominator_terms > 0 as is_ratio,
        case
            when v.numerator_terms + coalesce(s.numerator_terms, 0) = h.numerator_terms or f.null_policy = 'zero'
                then coalesce(v.numerator, 0) + coalesce(s.numerator, 0)
        end as numerator,
        case
            when v.denominator_terms + coalesce(s.denominator_terms, 0) = h.denominator_terms or f.null_policy = 'zero'
                then coalesce(v.denominator, 0) + coalesce(s.denominator, 0)
        end as denominator
    from summed as v
    inner join {{ source('library', 'metric_form') }} as f on v.metric_id = f.metric_id and v.input = f.input
    inner join shape as h on v.metric_id = h.metric_id and v.input = h.input
    left join shared as s
        on v.metric_id = s.metric_id and v.input = s.input {{ 'and v.dimension = s.dimension' if sliced }}
        and {{ same_period('v', 's') }}
)

select
    metric_id, input, {{ slice }}{{ subject }}, {{ period }}, numerator,
    case when is_ratio then denominator end as denominator,
    case
        when not is_ratio then numerator
        when denominator = 0 and zero_denominator = 'zero' then cast(0 as {{ decimal }})
        else cast({{ ratio("numerator", "denominator") }} as {{ decimal }})
    end as value,
    n
from joined
{%- endmacro %}


{#- Components of a period, plain or over the window of a cumulative metric; sliced ones by the values of their dimension. What
    is the same for every subject is the same for every slice. Of the periods that are `read`, which are few in a batch.
    `terms` brings the terms that read each. -#}
{% macro component_readings(condition, sliced, terms=none) -%}
{%- set relations = [
    {'model': 'metric_slice_period', 'window': "''"},
    {'model': 'metric_component_period', 'window': "''", 'shared': true},
] if sliced else [
    {'model': 'metric_component_period', 'window': "''"},
    {'model': 'metric_component_cumulative', 'window': 'p.time_window'},
] -%}
    {% for relation in relations -%}
    {%- set window = relation.window -%}
    select
        p.component_id, {{ window }} as time_window, p.subject_type, p.subject_id,
        p.period_grain, p.period_start, p.period_end, p.amount, p.n
        {{- ', s.dimension, \'\' as dimension_value' if relation.shared else ', p.dimension, p.dimension_value' if sliced }}
        {{- ', t.metric_id, t.input, t.role, t.coefficient, t.per, t.reading_offset, t.offset_periods' if terms }}
    from {{ ref(relation.model) }} as p
    {%- if relation.shared %}
    cross join (select distinct dimension from {{ source('library', 'metric_slice') }}) as s
    {%- endif %}
    {%- if terms %}
    inner join {{ terms }} as t
        on
            p.component_id = t.component_id and {{ window }} = t.reading_window and p.subject_type = t.subject_type
            {{- (' and s.dimension = t.dimension' if relation.shared else ' and p.dimension = t.dimension') if sliced }}
    {%- endif %}
    where
        p.{{ condition }} {{- " and p.subject_type = 'shared'" if relation.shared }}
        and (p.period_grain, p.period_start, p.period_end) in (select period_grain, read_start, read_end from read)
    {{ 'union all' if not loop.last }}
    {% endfor %}
{%- endmacro %}


{#- Each term of a metric for each subject and period; a term may be spread over the period's days (a daily mean). The terms are
    few and the readings many: they are brought together before the periods, or the joins would take the memory of a night. -#}
{% macro term_amounts(condition, sliced) -%}
    select
        p.metric_id, p.input, p.role, {{ 'p.dimension, p.dimension_value,' if sliced }}
        p.subject_type, p.subject_id, r.period_grain, r.period_start, r.period_end, p.n,
        {{ term_amount('p', 's.amount') }} as amount
    from (
        {{ component_readings(condition, sliced, "(select chosen.*, levels.subject_type from chosen inner join levels on chosen.metric_id = levels.metric_id)") }}
    ) as p
    inner join read as r
        on
            p.metric_id = r.metric_id and p.reading_offset = r.reading_offset
            and coalesce(p.offset_periods, 0) = coalesce(r.offset_periods, 0)
            and p.period_grain = r.period_grain and p.period_start = r.read_start and p.period_end = r.read_end
    left join shared_readings as s
        on
            p.per = s.component_id and p.time_window = s.time_window
            and {{ same_period('p', 's') }} {{ 'and p.dimension = s.dimension' if sliced }}
{%- endmacro %}


{#- What a term adds: its component's amount times its coefficient, over the days that it is spread over if it is. Each branch
    is cast by itself: a division is a double, and would make one of the exact product as well. Nearly all coefficients are 1,
    and the product of two decimals takes a hundred times as long as the amount by itself. -#}
{% macro term_amount(term, days) -%}
        case
            when {{ term }}.per is null and {{ term }}.coefficient = 1 then {{ term }}.amount
            when {{ term }}.per is null then cast({{ term }}.coefficient * {{ term }}.amount as decimal(38, 10))
            else cast({{ ratio(term ~ '.coefficient * ' ~ term ~ '.amount', days) }} as decimal(38, 10))
        end
{%- endmacro %}


{% macro summed_terms(terms, sliced) -%}
{%- set place = 'subject_type, subject_id, period_grain, period_start, period_end' -%}
{%- set slice = 'dimension, dimension_value, ' if sliced else '' -%}
    select
        metric_id, input, {{ slice }}{{ place }},
        sum(case when role = 'numerator' then amount end) as numerator,
        sum(case when role = 'denominator' then amount end) as denominator,
        count(case when role = 'numerator' then amount end) as numerator_terms,
        count(case when role = 'denominator' then amount end) as denominator_terms,
        cast(ceil(coalesce(max(case when role = 'denominator' then n end), max(n))) as bigint) as n
    from {{ terms }}
    group by metric_id, input, {{ slice }}{{ place }}
{%- endmacro %}


{#- Values with their state; a figure of too few cases is withheld. `keys` are columns beside the subject and period. -#}
{% macro stated_values(relation, keys='') -%}
    select
        metric_id, {{ keys }}subject_type, subject_id, period_grain, period_start, period_end,
        case when state <> 'suppressed' then numerator end as numerator,
        case when state <> 'suppressed' then denominator end as denominator,
        case when state <> 'suppressed' then value end as value,
        n, state, metric_version
    from (
        select
            v.*, m.version as metric_version,
            case
                when v.value is null then 'no_data'
                when v.n < m.min_n then 'suppressed'
                when m.state = 'stale' then 'stale'
                else 'ok'
            end as state
        from {{ relation }} as v
        inner join {{ source('library', 'metric') }} as m on v.metric_id = m.metric_id
    ) as stated
{%- endmacro %}


{#-
  Metrics that are formulas of other figures, from the values of their inputs. `formulas`: [{metric_id, inputs, expression}],
  SQL over x1, x2, ...; where an input has no value, neither has the formula. It rests on as few records as its weakest input.
-#}
{% macro formula_values(formulas) -%}
{%- set inputs = formulas | map(attribute='inputs') | max if formulas else 0 -%}
{%- set place = 'metric_id, subject_type, subject_id, period_grain, period_start, period_end' -%}
with inputs as (
    select
        {{ place }}, count(value) as inputs, min(n) as n
        {%- for number in range(1, inputs + 1) %},
        max(case when input = {{ number }} then cast(value as double) end) as x{{ number }}
        {%- endfor %}
    from {{ ref('metric_formula_input') }}
    group by {{ place }}
)

select
    {{ place }},
    {% if formulas -%}
    cast(
        case
            {%- for formula in formulas %}
            when metric_id = '{{ formula.metric_id }}' and inputs = {{ formula.inputs }} then {{ formula.expression }}
            {%- endfor %}
        end as decimal(38, 10)
    ) as value,
    {%- else -%}
    cast(null as decimal(38, 10)) as value,
    {%- endif %}
    n
from inputs
{%- endmacro %}


{#- What each cumulative reading holds, period by period: component_id, time_window, the period, and the first and last day
    held. All-time windows begin with time. -#}
{% macro held_days() -%}
    select
        held.component_id, held.time_window, held.period_grain, held.period_start, held.period_end, held.last_day_held,
        case
            when held.to_grain is not null then {{ start_of_offset_grain("concat('to ', held.to_grain)", 'held.last_day_held') }}
            when coalesce(held.months, held.days) is null then {{ beginning_of_time() }}
            else cast(
                held.last_day_held - to_months(coalesce(held.months, 0)) - to_days(coalesce(held.days, 0)) as date
            ) + 1
        end as first_day_held
    from (
        select
            c.component_id, c.time_window, p.period_grain, p.period_start, p.period_end,
            w.months, w.days, w.to_grain,
            case w.taken_on when 'first' then p.first_day_on else p.last_day_on end as last_day_held
        from (
            {{ component_grains() }}
        ) as c
        inner join {{ source('library', 'cumulative_window') }} as w on c.time_window = w.time_window
        inner join {{ ref('dim_period') }} as p on c.period_grain = p.period_grain
    ) as held
{%- endmacro %}
