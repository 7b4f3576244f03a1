{#- Fewest earlier periods that are a year, and fewest closed forecasts that an interval is drawn from. -#}
{%- set periods_of_a_year = {'week': 52, 'month': 12, 'quarter': 4, 'year': 1} -%}
{%- set fewest_errors = 5 -%}
{%- set done = completion('earlier_periods', 'earlier_then', 'earlier_in_all', periods_of_a_year) -%}
{%- set figure = 'metric_id, measured_type, measured_id, period_grain' -%}
with earlier as (
    select
        *,
        count(*) over before_it as earlier_periods,
        sum(numerator_then) over before_it as earlier_then,
        sum(numerator_in_all) over before_it as earlier_in_all
    from {{ ref('int_strategy__past_progress') }}
    window before_it as (
        partition by {{ figure }} order by period_start rows between unbounded preceding and 1 preceding
    )
),

-- How far each closed period was at this point, by what was known before it began; then what it came to over what was foreseen.
foreseen as (
    select
        *,
        case
            when accumulates and numerator_then > 0 then {{ ratio('numerator_in_all', 'numerator_then') }} * ({{ done }})
        end as relative_error,
        case when not accumulates
            then {{ ratio('numerator_in_all', 'denominator_in_all') }} - {{ ratio('numerator_then', 'denominator_then') }}
        end as absolute_error
    from earlier
),

errors as (
    {% for measured_type in ['measured_type', "''"] -%}
    select
        metric_id, period_grain, {{ measured_type }} as measured_type,
        {%- for error in ['relative', 'absolute'] %}
        percentile_cont(0.1) within group (order by {{ error }}_error) as {{ error }}_low,
        percentile_cont(0.9) within group (order by {{ error }}_error) as {{ error }}_high,
        {%- endfor %}
        count(coalesce(relative_error, absolute_error)) as errors
    from foreseen
    group by metric_id, period_grain {{- ', measured_type' if loop.first }}
    {{ 'union all' if loop.first }}
    {% endfor %}
),

so_far as (
    select
        {{ figure }}, max(share_passed) as share_passed, count(*) as earlier_periods,
        sum(numerator_then) as earlier_then, sum(numerator_in_all) as earlier_in_all
    from {{ ref('int_strategy__past_progress') }}
    group by {{ figure }}
),

tonight as (
    select *, cast({{ done }} as decimal(12, 10)) as completion
    from so_far
)

select
    t.metric_id, t.measured_type, t.measured_id, t.period_grain, t.earlier_periods,
    t.completion,
    {%- for error in ['relative', 'absolute'] %}
    {%- for end in ['low', 'high'] %}
    case
        when own.errors >= {{ fewest_errors }} then own.{{ error }}_{{ end }}
        when pooled.errors >= {{ fewest_errors }} then pooled.{{ error }}_{{ end }}
    end as {{ error }}_{{ end }}
    {{- ',' if not (loop.last and error == 'absolute') }}
    {%- endfor %}
    {%- endfor %}
from tonight as t
inner join errors as own
    on t.metric_id = own.metric_id and t.period_grain = own.period_grain and t.measured_type = own.measured_type
inner join errors as pooled
    on t.metric_id = pooled.metric_id and t.period_grain = pooled.period_grain and pooled.measured_type = ''
