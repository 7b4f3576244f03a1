{#-
  The newest version of each record of a landed table (see `newest_version`). Loads never change: of a table that stands, only
  the records that a load brought since are looked up again. Where a load is no longer shown, the table is made anew.
-#}
{% materialization newest, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set landed = config.require('landed') -%}
    {% call(existing, inputs) unless_up_to_date(target) %}
        {%- set loads = loads_that_differ(landed) if existing is not none else none -%}
        {% if loads is none or loads.are_gone %}
            {{ make_as_a_whole(existing, target, inputs) }}
        {% else %}
            {{ look_up_what_came(target, landed, loads.came, inputs) }}
        {% endif %}
    {% endcall %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#- The loads behind a landed table that `came` since the night before, and whether any of its loads `are_gone`: tonight's are in
    schema `main`, those of the night before in `base`. -#}
{% macro loads_that_differ(landed) -%}
    {%- set loads = [] -%}
    {%- for schema, is_tonight in {'main': 'true', 'base': 'false'}.items() -%}
        {%- do loads.append(
            'select load_id, ' ~ is_tonight ~ ' as is_tonight from ' ~ schema ~ ".landed_load where landed = '"
            ~ landed | join('__') ~ "'"
        ) -%}
    {%- endfor -%}
    {%- set differing = run_query(
        'select load_id, bool_and(is_tonight) as came from (' ~ loads | join(' union all ')
        ~ ') group by load_id having bool_and(is_tonight) = bool_or(is_tonight)'
    ) -%}
    {%- set came = differing.rows | selectattr('came') | map(attribute='load_id') | list -%}
    {{ return({'came': came, 'are_gone': came | length < differing | length}) }}
{%- endmacro %}


{#- Look up the records of the loads that came. -#}
{% macro look_up_what_came(target, landed, came, inputs) -%}
    {%- set key = '(' ~ contract_table(landed[0], landed[1]).key | join(', ') ~ ')' -%}
    {%- set rows = target.identifier ~ '__came' -%}
    {%- set from_landed = ' from ' ~ source('landed', landed | join('__')) ~ ' where ' -%}
    {#- A key is compared as a whole: its parts may be empty, as a person's valid_from is. -#}
    {%- do run_sql(
        'create or replace temp table ' ~ rows ~ ' as select *' ~ from_landed ~ key ~ ' in (select ' ~ key
        ~ from_landed ~ "_load_id in ('" ~ came | join("', '") ~ "'))"
    ) -%}
    {% call replace_rows(target, [key ~ ' in (select ' ~ key ~ ' from ' ~ rows ~ ')'], inputs) %}
        {% do run_sql('insert into ' ~ target ~ ' by name ' ~ newest_version(landed[0], landed[1], rows)) %}
    {% endcall %}
{%- endmacro %}
