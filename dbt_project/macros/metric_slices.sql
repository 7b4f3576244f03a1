{#-
  Slices: components by the values of a dimension. `groups` comes from the compiled metric library: one entry per date column
  and dimension of the fact, with `dimension`, `dimension_sql` (over the fact's columns and those of its `joins`) and
  `components`; of a stock only the days that begin or end a period are read. A slice is carried to units just as the whole is, record by record, so that the slices make up the whole.
-#}

{% macro slice_leaves(fact, attribution, groups) -%}
{%- set keys = ['dimension', 'dimension_value'] -%}
with
{% for group in groups %}
measured_{{ loop.index }} as (
    select
        '{{ group.dimension }}' as dimension,
        {{ slice_value(group.dimension_sql) }} as dimension_value,
        {{ measured_columns(attribution, group) }}
    from {{ joined_fact(fact, group.date_column, group.joins) }}
    where
        {{ on_touched_days(group) }}
        {%- if group.is_stock %}
        and {{ group.date_column }} in ({{ period_bounds() }})
        {%- endif %}
    group by 2, 3, 4, 5, 6
),

carried_{{ loop.index }} as (
    {{ carried('measured_' ~ loop.index, attribution, group.components, keys) }}
),

listed_{{ loop.index }} as (
    {{ listed('carried_' ~ loop.index, group.components, keys) }}
),
{% endfor %}
leaves as (
    {% for group in groups -%}
    select * from listed_{{ loop.index }} where amount is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    component_id, dimension, dimension_value, metric_date, org_unit_id,
    cast(sum(amount) as decimal(38, 10)) as amount, cast(sum(n) as decimal(38, 6)) as n
from leaves
group by component_id, dimension, dimension_value, metric_date, org_unit_id
{%- endmacro %}


{#- The days on which a stock is taken. -#}
{% macro period_bounds() -%}
    select first_day_on as bound from {{ ref('dim_period') }} where period_grain <> 'day'
    union
    select last_day_on as bound from {{ ref('dim_period') }} where period_grain <> 'day'
{%- endmacro %}


{#- A value as text; records without one are a slice of their own. -#}
{% macro slice_value(sql) -%}
    coalesce(cast({{ sql }} as varchar), '(unknown)')
{%- endmacro %}


{% macro union_of_slice_leaves(models) -%}
{% for model in models -%}
select component_id, dimension, dimension_value, metric_date, org_unit_id, amount, n from {{ ref(model) }}
{% if not loop.last %}union all{% endif %}
{% else -%}
select
    component_id, cast(null as varchar) as dimension, cast(null as varchar) as dimension_value,
    metric_date, org_unit_id, amount, n
from {{ no_component_leaves() }}
{% endfor %}
{%- endmacro %}


{#- Slices that rest on a domain that failed tonight, as last published. `held`: [[metric_id, dimension]]. -#}
{% macro slices_as_published(parquet_file, held) -%}
select
    metric_id, dimension, dimension_value, subject_type, subject_id, period_grain, period_start, period_end,
    numerator, denominator, value, n, case when state = 'ok' then 'stale' else state end as state, metric_version
from {% if parquet_file %}read_parquet('{{ parquet_file }}'){% else %}{{ no_slices() }}{% endif %}
where {% for metric_id, dimension in held -%}
(metric_id = '{{ metric_id }}' and dimension = '{{ dimension }}'){% if not loop.last %} or {% endif %}
{%- else %}false{% endfor %}
{%- endmacro %}


{% macro no_slices() -%}
(
    select
        cast(null as varchar) as metric_id, cast(null as varchar) as dimension, cast(null as varchar) as dimension_value,
        cast(null as varchar) as subject_type, cast(null as varchar) as subject_id,
        cast(null as varchar) as period_grain, cast(null as date) as period_start, cast(null as date) as period_end,
        cast(null as decimal(38, 10)) as numerator, cast(null as decimal(38, 10)) as denominator,
        cast(null as decimal(38, 10)) as value, cast(null as bigint) as n,
        cast(null as varchar) as state, cast(null as varchar) as metric_version
    where false
) as nothing
{%- endmacro %}
