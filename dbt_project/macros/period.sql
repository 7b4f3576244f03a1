{#- What a period is compared with: period_grain, comparison, offset_periods, offset_grain. The previous period is as long as
    the period itself; a year to date has none but that of the year before, for the one a month shorter is a part of it. -#}
{% macro comparison_offsets() -%}
    {%- set lengths = {
        'day': (1, 'day'), 'week': (1, 'week'), 'month': (1, 'month'), 'quarter': (1, 'quarter'), 'year': (1, 'year'),
        'rolling_4_weeks': (4, 'week'), 'rolling_3_months': (3, 'month'), 'rolling_12_months': (12, 'month'),
    } -%}
    select period_grain, comparison, offset_periods, offset_grain
    from (
        values
        {%- for grain, (periods, unit) in lengths.items() %}
        ('{{ grain }}', 'previous_period', {{ periods }}, '{{ unit }}'),
        ('{{ grain }}', 'same_period_last_year', 1, 'year'),
        {%- endfor %}
        ('ytd', 'same_period_last_year', 1, 'year')
    ) as comparisons (period_grain, comparison, offset_periods, offset_grain)
{%- endmacro %}

{#- Of an offset `to year` and the like: where the longer period that holds a day begins; else NULL. -#}
{% macro start_of_offset_grain(offset_grain, day) -%}
    case {{ offset_grain }}
        {%- for grain in ['day', 'week', 'month', 'quarter', 'year'] %}
        when 'to {{ grain }}' then cast(date_trunc('{{ grain }}', {{ day }}) as date)
        {%- endfor %}
    end
{%- endmacro %}

{#- The interval of an offset: `offset_periods` of `offset_grain`. -#}
{% macro offset_interval(relation) -%}
    case {{ relation }}.offset_grain
        when 'day' then to_days({{ relation }}.offset_periods)
        when 'week' then to_days(7 * {{ relation }}.offset_periods)
        when 'month' then to_months({{ relation }}.offset_periods)
        when 'quarter' then to_months(3 * {{ relation }}.offset_periods)
        else to_months(12 * {{ relation }}.offset_periods)
    end
{%- endmacro %}


{#- Whether rows of two relations are of the same period. -#}
{% macro same_period(one, other) -%}
    {{ one }}.period_grain = {{ other }}.period_grain
    and {{ one }}.period_start = {{ other }}.period_start and {{ one }}.period_end = {{ other }}.period_end
{%- endmacro %}


{#- Whether rows of two relations are of the same metric and subject. -#}
{% macro same_series(one, other) -%}
    {{ one }}.metric_id = {{ other }}.metric_id
    and {{ one }}.subject_type = {{ other }}.subject_type and {{ one }}.subject_id = {{ other }}.subject_id
{%- endmacro %}


{#- Whether rows of two relations are the same figure: metric, subject and period. -#}
{% macro same_figure(one, other) -%}
    {{ same_series(one, other) }} and {{ same_period(one, other) }}
{%- endmacro %}

{#- Last day of the day, week, month, quarter or year that begins on `start`: also of one still to come, which dim_period lacks. -#}
{% macro last_day_of_period(grain, start) -%}
    cast(
        {{ start }} + case {{ grain }}
            when 'day' then to_days(1)
            when 'week' then to_days(7)
            when 'month' then to_months(1)
            when 'quarter' then to_months(3)
            when 'year' then to_months(12)
        end as date
    ) - 1
{%- endmacro %}


{#- Whether a period of dim_period has passed, and the calendar has all of its days: it may begin within one. -#}
{% macro is_whole_period(period) -%}
    {{ period }}.is_complete and {{ period }}.calendar_days = {{ period }}.period_end - {{ period }}.period_start + 1
{%- endmacro %}


{#- The day whose amount stands for a period, where a component is not summed over its days. -#}
{% macro days_that_count() -%}
    select period_grain, period_start, period_end, 'first' as time_aggregation, first_day_on as counted_on from {{ ref('dim_period') }}
    union all
    select period_grain, period_start, period_end, 'last' as time_aggregation, last_day_on as counted_on from {{ ref('dim_period') }}
{%- endmacro %}
