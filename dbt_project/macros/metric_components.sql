{#-
  The component engine. A component is one filtered measure of one fact; a leaf is its amount for one day and the finest
  carrier that can be named: a person in a position of a unit, or a unit alone, or the company.

  `groups` comes from the compiled metric library: one entry per date column of the fact, with its components
  [{component_id, amount, counted, filter}]: SQL over the fact's columns and those of the group's `joins`; a record counts
  where `counted` is not NULL.
-#}

{% macro component_leaves(fact, attribution, groups) -%}
with
{% for group in groups %}
measured_{{ loop.index }} as (
    {{ measured(fact, attribution, group) }}
),

carried_{{ loop.index }} as (
    {{ carried('measured_' ~ loop.index, attribution, group.components) }}
),

listed_{{ loop.index }} as (
    {{ listed('carried_' ~ loop.index, group.components) }}
),
{% endfor %}
leaves as (
    {% for group in groups -%}
    select * from listed_{{ loop.index }} where amount is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    component_id, metric_date, employee_id, position_id, org_unit_id,
    cast(amount as decimal(38, 10)) as amount, cast(n as decimal(38, 6)) as n
from leaves
{%- endmacro %}


{#- One row per day and carrier with two columns per component: its amount and the number of records behind it. -#}
{% macro measured(fact, attribution, group) -%}
    select
        {{ measured_columns(attribution, group) }}
    from {{ joined_fact(fact, group.date_column, group.joins) }}
    where
        {{ on_touched_days(group) }}
    group by 1, 2, 3, 4
{%- endmacro %}


{#- Whether a record of a group lies on a day on which any of its components is touched. -#}
{% macro on_touched_days(group) -%}
    {{ in_batch(group.date_column) }}
    and {{ group.date_column }} in (
        select metric_date from {{ ref('metric_component_touched') }}
        where component_id in ('{{ group.components | map(attribute="component_id") | join("', '") }}')
    )
{%- endmacro %}


{#- Of each day, which of the components are touched on it themselves: a column for each. -#}
{% macro touched_columns(components) -%}
    select
        metric_date
        {%- for component in components %},
        bool_or(component_id = '{{ component.component_id }}') as t{{ loop.index }}
        {%- endfor %}
    from {{ ref('metric_component_touched') }}
    where component_id in ('{{ components | map(attribute="component_id") | join("', '") }}')
    group by metric_date
{%- endmacro %}


{#- The day, the carrier, and of each component the sum and the number of records. The record names its own carrier, and where
    it names no unit, the company carries it; a person's may be carried elsewhere (`carried`). The shared calendar has no carrier. -#}
{% macro measured_columns(attribution, group) -%}
        {{ group.date_column }} as metric_date,
        {% if attribution in ('employee', 'position') %}employee_id{% else %}cast(null as varchar){% endif %} as employee_id,
        {% if attribution == 'position' %}position_id{% else %}cast(null as varchar){% endif %} as position_id,
        {% if attribution == 'shared' -%}
        cast(null as varchar)
        {%- elif attribution == 'employee' -%}
        org_unit_id
        {%- else -%}
        coalesce(org_unit_id, (select root.org_unit_id from {{ ref('int_hr__company_root') }} as root))
        {%- endif %} as org_unit_id
        {%- for component in group.components %},
        cast(sum(case when {{ component.filter or 'true' }} then {{ component.amount }} end) as decimal(28, 4)) as a{{ loop.index }},
        count(case when {{ component.filter or 'true' }} then {{ component.counted }} end) as n{{ loop.index }}
        {%- endfor %}
{%- endmacro %}


{#-
  The records of a fact with the columns of what they are joined to, beside their own. A join finds at most one row, that
  of the record's day where the joined rows are dated; a record that names none keeps NULL.
-#}
{% macro joined_fact(fact, date_column, joins) -%}
    {{ ref(fact) }}
    {%- for join in joins %}
    {%- set joined = join.semantic_model ~ '_joined' %}
    left join (
        select
            {{ join.key }} as joined_key
            {%- if join.valid_from %}, {{ join.valid_from }} as joined_from, {{ open_to(join.valid_to) }} as joined_to{% endif %}
            {%- for name, sql in join['columns'] %}, {{ sql }} as {{ name }}{% endfor %}
        from {{ ref(join.model) }}
    ) as {{ joined }}
        on {{ join.foreign_key }} = {{ joined }}.joined_key
        {%- if join.valid_from %}
        and {{ date_column }} >= {{ joined }}.joined_from
        and {{ date_column }} < {{ joined }}.joined_to
        {%- endif %}
    {%- endfor %}
{%- endmacro %}


{#- The two columns per component turned into one row per component, without an amount where it is not touched on that day. One
    pass, whatever their number: a branch of a union for each would hold buffers for each, and a few hundred components would
    not fit into memory. The lists are made before they are taken apart, or every row made of them would carry all columns
    along. -#}
{% macro listed(relation, components, keys=[]) -%}
    {%- set place = keys + ['metric_date', 'employee_id', 'position_id', 'org_unit_id'] -%}
    select
        {{ place | join(', ') }},
        unnest(['{{ components | map(attribute="component_id") | join("', '") }}']) as component_id,
        unnest(amounts) as amount,
        unnest(numbers) as n
    from (
        select
            m.{{ place | join(', m.') }},
            [
                {%- for component in components -%}
                case when touched.t{{ loop.index }} then m.a{{ loop.index }} end{{ ', ' if not loop.last }}
                {%- endfor -%}
            ] as amounts,
            [
                {%- for component in components -%}
                m.n{{ loop.index }}{{ ', ' if not loop.last }}
                {%- endfor -%}
            ] as numbers
        from {{ relation }} as m
        inner join (
            {{ touched_columns(components) }}
        ) as touched
            on m.metric_date = touched.metric_date
    ) as columns_as_lists
{%- endmacro %}


{#-
  Who carries what was measured. A record names its own carrier; but a person's amount goes to the positions that he or she held
  on the day, by full-time share (the shares of a person-day sum to exactly one). Somebody without a position that day keeps the
  amount; the unit is then the record's own, or the company. Records of several units are one leaf where the positions carry them.
-#}
{% macro carried(relation, attribution, components, keys=[]) -%}
    {%- if attribution == 'employee' %}
    select
        {% for key in keys %}m.{{ key }}, {% endfor -%}
        m.metric_date, m.employee_id, h.position_id, coalesce(h.org_unit_id, m.org_unit_id, root.org_unit_id) as org_unit_id
        {%- for component in components %}
        {%- set number = loop.index %},
        cast(sum(m.a{{ number }} * coalesce(h.attribution_share, 1)) as decimal(38, 10)) as a{{ number }},
        cast(sum(case when m.a{{ number }} is not null then m.n{{ number }} * coalesce(h.attribution_share, 1) end) as decimal(38, 6)) as n{{ number }}
        {%- endfor %}
    from {{ relation }} as m
    left join {{ ref('int_hr__employee_assignment') }} as h
        on m.employee_id = h.employee_id and m.metric_date >= h.valid_from and m.metric_date < h.valid_to
    cross join {{ ref('int_hr__company_root') }} as root
    group by
        {% for key in keys %}m.{{ key }}, {% endfor -%}
        m.metric_date, m.employee_id, h.position_id, coalesce(h.org_unit_id, m.org_unit_id, root.org_unit_id)
    {%- else %}
    select * from {{ relation }}
    {%- endif %}
{%- endmacro %}


{#-
  Amounts by unit summed for the unit and every unit above, as they stood at span_start. A unit that did not exist then
  (closed, or not yet founded) still counts for the company. `keys` are the columns beside the unit.
-#}
{% macro rolled_up_units(relation, keys) -%}
    select
        {{ keys }}, b.span_start, coalesce(c.ancestor_type, 'company') as subject_type,
        coalesce(c.ancestor_id, root.org_unit_id) as subject_id, sum(b.amount) as amount, sum(b.n) as n
    from {{ relation }} as b
    cross join {{ ref('int_hr__company_root') }} as root
    left join {{ ref('int_hr__org_closure') }} as c
        on b.org_unit_id = c.descendant_id and b.span_start >= c.valid_from and b.span_start < c.valid_to
    group by {{ keys }}, b.span_start, coalesce(c.ancestor_type, 'company'), coalesce(c.ancestor_id, root.org_unit_id)
{%- endmacro %}


{#- A domain that failed tonight: its components as last published, so that its metrics are stale and not gone. -#}
{% macro component_leaves_as_published(parquet_file, component_ids) -%}
-- depends_on: {{ ref('metric_component_touched') }}
select component_id, metric_date, employee_id, position_id, org_unit_id, amount, n
from {% if parquet_file %}read_parquet('{{ parquet_file }}'){% else %}{{ no_component_leaves() }}{% endif %}
where component_id in ('{{ component_ids | join("', '") }}') and {{ in_batch('metric_date') }}
{%- endmacro %}


{% macro no_component_leaves() -%}
(
    select
        cast(null as varchar) as component_id, cast(null as date) as metric_date,
        cast(null as varchar) as employee_id, cast(null as varchar) as position_id,
        cast(null as varchar) as org_unit_id, cast(null as decimal(38, 10)) as amount,
        cast(null as decimal(38, 6)) as n
    where false
) as nothing
{%- endmacro %}


{% macro union_of_component_leaves(models) -%}
{% for model in models -%}
select component_id, metric_date, employee_id, position_id, org_unit_id, amount, n from {{ ref(model) }}
{% if not loop.last %}union all{% endif %}
{% else -%}
select * from {{ no_component_leaves() }}
{% endfor %}
{%- endmacro %}


{#- The grains for which some metric reads a component, whether as a term or as what a term is spread over. -#}
{% macro component_grains() -%}
    select t.component_id, t.time_window, g.period_grain
    from {{ source('library', 'metric_term') }} as t
    inner join {{ source('library', 'metric_grain') }} as g on t.metric_id = g.metric_id
    union
    select t.per as component_id, t.time_window, g.period_grain
    from {{ source('library', 'metric_term') }} as t
    inner join {{ source('library', 'metric_grain') }} as g on t.metric_id = g.metric_id
    where t.per is not null
{%- endmacro %}


{#- The touched periods of a batch for which amounts are summed tonight. A number stands for a component and its period while
    sums are grouped: their names and days beside each other would take most of the time. -#}
{% macro touched_periods_asked_for() -%}
    select
        t.*, row_number() over (order by t.component_id, t.period_grain, t.period_start, t.period_end) as touched_number
    from {{ ref('metric_component_touched_period') }} as t
    inner join {{ ref('metric_component_grain') }} as g on t.component_id = g.component_id and t.period_grain = g.period_grain
    where {{ in_batch('t.period_end') }}
{%- endmacro %}


{#- Components that some metric needs day by day: because it is published so, or because its window begins on any day. -#}
{% macro components_by_day() -%}
    select component_id from {{ ref('metric_component_grain') }} where period_grain = 'day'
{%- endmacro %}
