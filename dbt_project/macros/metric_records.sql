{#-
  Components that cannot be summed over people or days (distinct counts, percentiles, least and greatest values) are
  evaluated from the records of every subject and period. A record here is its value and who carries it.

  `components`: [{component_id, value, is_member, filter, date_column, joins}], SQL over the fact's columns and those of the
  joins. A value is an amount, or the name of a member that counts once.
-#}
{% macro component_records(fact, attribution, components) -%}
with
{% for component in components -%}
listed_{{ loop.index }} as (
    select
        '{{ component.component_id }}' as component_id,
        {{ component.date_column }} as metric_date,
        {% if attribution in ('employee', 'position') %}employee_id{% else %}cast(null as varchar){% endif %} as employee_id,
        {% if attribution == 'position' %}position_id{% else %}cast(null as varchar){% endif %} as position_id,
        {% if attribution == 'shared' %}cast(null as varchar){% else %}org_unit_id{% endif %} as org_unit_id,
        {% if component.is_member -%}
        cast(null as decimal(28, 10)) as amount, cast({{ component.value }} as varchar) as member
        {%- else -%}
        cast({{ component.value }} as decimal(28, 10)) as amount, cast(null as varchar) as member
        {%- endif %}
    from {{ joined_fact(fact, component.date_column, component.joins) }}
    where {{ component.filter or 'true' }}
),

{% endfor -%}
listed as (
    {% for component in components -%}
    select * from listed_{{ loop.index }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select component_id, metric_date, employee_id, position_id, org_unit_id, amount, member
from listed
where
    (amount is not null or member is not null)
    and metric_date >= {{ run_setting('calendar_start') }} and metric_date <= {{ run_setting('as_of') }}
{%- endmacro %}


{#- A domain that failed tonight: its records as last published. -#}
{% macro component_records_as_published(parquet_file, component_ids) -%}
select component_id, metric_date, employee_id, position_id, org_unit_id, amount, member
from {% if parquet_file %}read_parquet('{{ parquet_file }}'){% else %}{{ no_component_records() }}{% endif %}
where component_id in ('{{ component_ids | join("', '") }}')
{%- endmacro %}


{% macro no_component_records() -%}
(
    select
        cast(null as varchar) as component_id, cast(null as date) as metric_date,
        cast(null as varchar) as employee_id, cast(null as varchar) as position_id,
        cast(null as varchar) as org_unit_id, cast(null as decimal(28, 10)) as amount,
        cast(null as varchar) as member
    where false
) as nothing
{%- endmacro %}


{% macro union_of_component_records(models) -%}
{% for model in models -%}
select component_id, metric_date, employee_id, position_id, org_unit_id, amount, member from {{ ref(model) }}
{% if not loop.last %}union all{% endif %}
{% else -%}
select * from {{ no_component_records() }}
{% endfor %}
{%- endmacro %}


{#-
  The base records of a conversion metric, each with the conversions that it led to: one row per conversion, and one row
  with `converted` NULL for a record without. A conversion goes to the latest base record of the same entity that is not
  later than it; of several on that day, to the first by carrier. Before the window, it has none.

  `base`: {fact, date_column, filter, joins, matched}; `following`: the same with `expression`, what a conversion counts for;
  `matched` are the columns of either side that must be equal, the entity first.
-#}
{% macro conversion_rows(base, following, window, attribution) -%}
with base as (
    select
        {{ base.date_column }} as metric_date,
        {% if attribution in ('employee', 'position') %}employee_id{% else %}cast(null as varchar){% endif %} as employee_id,
        {% if attribution == 'position' %}position_id{% else %}cast(null as varchar){% endif %} as position_id,
        {% if attribution == 'shared' %}cast(null as varchar){% else %}org_unit_id{% endif %} as org_unit_id
        {%- for sql in base.matched %}, {{ sql }} as matched_{{ loop.index }}{% endfor %}
    from {{ joined_fact(base.fact, base.date_column, base.joins) }}
    where {{ base.filter or 'true' }}
),

numbered as (
    select
        *,
        row_number() over (
            partition by metric_date {%- for _ in base.matched %}, matched_{{ loop.index }}{% endfor %}
            order by employee_id, position_id, org_unit_id
        ) as number_of_day
    from base
),

following as (
    select
        {{ following.date_column }} as converted_on, {{ following.expression }} as converted
        {%- for sql in following.matched %}, {{ sql }} as matched_{{ loop.index }}{% endfor %}
    from {{ joined_fact(following.fact, following.date_column, following.joins) }}
    where {{ following.filter or 'true' }}
),

led_to as (
    select b.number_of_day, b.metric_date {%- for _ in base.matched %}, b.matched_{{ loop.index }}{% endfor %}, f.converted
    from following as f
    asof join (select * from numbered where number_of_day = 1) as b
        on {% for _ in base.matched %}f.matched_{{ loop.index }} = b.matched_{{ loop.index }} and {% endfor %}f.converted_on >= b.metric_date
    where
        f.converted is not null and f.converted_on <= {{ run_setting('as_of') }}
        {%- if window %} and b.metric_date > f.converted_on - interval '{{ window }}'{% endif %}
)

select n.metric_date, n.employee_id, n.position_id, n.org_unit_id, l.converted
from numbered as n
left join led_to as l
    on
        n.number_of_day = l.number_of_day and n.metric_date = l.metric_date
        {%- for _ in base.matched %} and n.matched_{{ loop.index }} = l.matched_{{ loop.index }}{% endfor %}
{%- endmacro %}


{#-
  Components that cannot be summed, with their population: those over the same values of the same records (a median, a
  percentile, the greatest) are evaluated together, and the records of one of them, the representative, stand for all.
  A population is named by what it is, so that it keeps its name when others come and go.
-#}
{% macro direct_components() -%}
    select
        component_id, aggregation, percentile, attribution, population,
        min(component_id) over (partition by population) as representative_id
    from (
        select
            component_id, aggregation, percentile, attribution,
            md5(concat_ws(
                '|', semantic_model, date_column, expression, coalesce(filter, ''), aggregation = 'count_distinct'
            )) as population
        from {{ source('library', 'metric_component') }}
        where time_aggregation = 'direct'
    ) as named
{%- endmacro %}
