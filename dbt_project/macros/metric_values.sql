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
{#- Where components of a period are read: plain, or over the window of a cumulative metric; or by the values of a dimension. -#}
{%- set plain = [
    {'model': 'metric_component_period', 'window': "''"},
    {'model': 'metric_component_cumulative', 'window': 'p.time_window'},
] -%}
{%- set by_dimension = [{'model': 'metric_slice_period', 'window': "''", 'is_sliced': true}] -%}
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

-- A number stands for a metric and its period while terms are summed: names and days beside each other would take most of the
-- time.
wanted as (
    select a.*, row_number() over (order by a.metric_id, a.period_grain, a.period_start, a.period_end) as wanted_number
    from (
        {{ asked }}
    ) as a
    inner join {{ source('library', 'metric_grain') }} as g on a.metric_id = g.metric_id and a.period_grain = g.period_grain
),

-- What each term reads for a period that is wanted: the same, or an earlier one where the term is offset.
read as (
    select
        w.wanted_number, c.*, w.period_grain,
        coalesce(b.base_start, w.period_start) as read_start, coalesce(b.base_end, w.period_end) as read_end
    from chosen as c
    inner join wanted as w on c.metric_id = w.metric_id
    left join {{ ref('dim_period_offset') }} as b
        on c.reading_offset = b.offset_grain and c.offset_periods = b.offset_periods and {{ same_period('w', 'b') }}
    where c.reading_offset = '' or b.base_start is not null
),

-- A term may be spread over what is the same for every subject, such as the days of the period (a daily mean).
spread as (
    select read.*, s.amount as spread_over
    from read
    left join (
        {{ shared_readings(plain) }}
    ) as s
        on
            read.per = s.component_id and read.reading_window = s.time_window
            and read.period_grain = s.period_grain and read.read_start = s.period_start and read.read_end = s.period_end
),

levels as (
    select metric_id, subject_type from {{ source('library', 'metric_level') }}
    union all
    select distinct metric_id, 'shared' as subject_type from chosen
),

-- All that decides which readings count for what stands in one relation: few rows, that many readings are joined with once.
level_read as (
    select spread.*, levels.subject_type
    from spread
    inner join levels on spread.metric_id = levels.metric_id
),

summed as (
    {{ summed_terms("subject_type <> 'shared'", by_dimension if sliced else plain, sliced) }}
),

shared as (
    {{ summed_terms("subject_type = 'shared'", plain, sliced) }}
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
        w.metric_id, v.input, {{ 'v.dimension, v.dimension_value,' if sliced }} v.subject_type, v.subject_id,
        w.period_grain, w.period_start, w.period_end, v.n, f.zero_denominator,
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
    inner join wanted as w on v.wanted_number = w.wanted_number
    inner join {{ source('library', 'metric_form') }} as f on w.metric_id = f.metric_id and v.input = f.input
    inner join shape as h on w.metric_id = h.metric_id and v.input = h.input
    left join shared as s
        on v.wanted_number = s.wanted_number and v.input = s.input {{- ' and v.dimension = s.dimension' if sliced }}
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


{#- What is the same for every subject, of the periods that are `read`. -#}
{% macro shared_readings(readings) -%}
    {% for relation in readings -%}
    select
        p.component_id, {{ relation.window }} as time_window, p.period_grain, p.period_start, p.period_end, p.amount
    from {{ ref(relation.model) }} as p
    where
        p.subject_type = 'shared'
        and (p.period_grain, p.period_start, p.period_end) in (select period_grain, read_start, read_end from read)
    {{ 'union all' if not loop.last }}
    {% endfor %}
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


{#- The terms of a metric, summed above and below the line for each subject and period that is wanted. What is the same for every
    subject is the same for every slice. -#}
{% macro summed_terms(condition, readings, sliced) -%}
{%- set slice = 'dimension, dimension_value, ' if sliced else '' -%}
    select
        wanted_number, input, {{ slice }}subject_type, subject_id,
        sum(case when role = 'numerator' then weighed end) as numerator,
        sum(case when role = 'denominator' then weighed end) as denominator,
        count(case when role = 'numerator' then weighed end) as numerator_terms,
        count(case when role = 'denominator' then weighed end) as denominator_terms,
        cast(ceil(coalesce(max(case when role = 'denominator' then n end), max(n))) as bigint) as n
    from (
        select *, {{ term_amount('term', 'term.spread_over') }} as weighed
        from (
            {% for relation in readings -%}
            select
                t.wanted_number, t.input, t.role, t.coefficient, t.per, t.spread_over, p.subject_type, p.subject_id, p.amount, p.n
                {{- ', t.dimension, ' ~ ('p.dimension_value' if relation.is_sliced else "'' as dimension_value") if sliced }}
            from {{ ref(relation.model) }} as p
            inner join level_read as t
                on
                    p.component_id = t.component_id and {{ relation.window }} = t.reading_window
                    and p.subject_type = t.subject_type {{ 'and p.dimension = t.dimension' if relation.is_sliced }}
                    and p.period_grain = t.period_grain and p.period_start = t.read_start and p.period_end = t.read_end
            where p.{{ condition }}
            {{ 'union all' if not loop.last }}
            {% endfor %}
        ) as term
    ) as terms
    group by wanted_number, input, {{ slice }}subject_type, subject_id
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
