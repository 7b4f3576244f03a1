{#- The calendar day, in the company's own time zone, of a naive UTC timestamp. -#}
{% macro local_date(timestamp_column) -%}
    cast({{ timestamp_column }} at time zone 'UTC' at time zone {{ company_time_zone() }} as date)
{%- endmacro %}

{% macro company_time_zone() -%} (select time_zone from {{ ref('int_calendar__time_zone') }}) {%- endmacro %}

{#- Hours from one timestamp to another, to 4 decimals; NULL when either is NULL. Whole microseconds are divided once. -#}
{% macro hours_between(start_column, end_column) -%}
    cast((epoch_us({{ end_column }}) - epoch_us({{ start_column }})) / 3600000000.0 as decimal(18, 4))
{%- endmacro %}

{#- A moment on the clock that stands still on days off, in microseconds. `day` is the row of int_calendar__workday for
    the moment's local date. -#}
{% macro workday_clock(day, timestamp_column) -%}
    {{ day }}.clock_at_start
    + case when {{ day }}.is_workday
        then epoch_us({{ timestamp_column }} at time zone 'UTC' at time zone {{ company_time_zone() }}) % 86400000000
    else 0 end
{%- endmacro %}

{#- Hours between two readings of that clock; NULL when either is NULL. -#}
{% macro workday_hours(start_clock, end_clock, decimals) -%}
    cast(({{ end_clock }} - {{ start_clock }}) / 3600000000.0 as decimal(18, {{ decimals }}))
{%- endmacro %}

{#- One value of the night's context: as_of, currency, calendar_start, company_name, company_name_zh. -#}
{% macro run_setting(name) -%}
    (select {{ name }} from {{ source('library', 'run_context') }})
{%- endmacro %}

{#- The first day of the last so many years, the one of the as-of day included. -#}
{% macro beginning_of_years(years) -%}
    cast(date_trunc('year', {{ run_setting('as_of') }}) - ({{ years }} - 1) * interval '1 year' as date)
{%- endmacro %}

{#- Intervals are half-open with NULL for an open end; between models they are closed off with these two days,
    so that comparisons need no NULL case. -#}
{% macro beginning_of_time() -%} date '1900-01-01' {%- endmacro %}
{% macro end_of_time() -%} date '9999-12-31' {%- endmacro %}

{#- Bounds of a dated record: since always, or until for ever, where the source leaves them empty. -#}
{% macro open_from(column) -%} coalesce({{ column }}, {{ beginning_of_time() }}) {%- endmacro %}
{% macro open_to(column) -%} coalesce({{ column }}, {{ end_of_time() }}) {%- endmacro %}

{#- End of a dated record, closed at the latest by the start of the next record of the same entity. -#}
{% macro closed_by_next(entity_columns) -%}
    least(
        {{ open_to('valid_to') }},
        coalesce(
            lead({{ open_from('valid_from') }}) over (
                partition by {{ entity_columns }} order by {{ open_from('valid_from') }}
            ),
            {{ end_of_time() }}
        )
    )
{%- endmacro %}

{#- Back to the published convention: an open end is NULL. -#}
{% macro null_if_open_from(column) -%} nullif({{ column }}, {{ beginning_of_time() }}) {%- endmacro %}
{% macro null_if_open_to(column) -%} nullif({{ column }}, {{ end_of_time() }}) {%- endmacro %}

{#- Whether a record, its interval closed off, holds on the night's as-of day. -#}
{% macro is_valid_as_of() -%}
    (valid_from <= {{ run_setting('as_of') }} and {{ run_setting('as_of') }} < valid_to)
{%- endmacro %}
