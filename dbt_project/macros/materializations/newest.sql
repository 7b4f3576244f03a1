{#-
  The newest version of each record of a landed table (see `newest_version`). Loads never change: of a table that stands, only
  the records that a load brought since are looked up again. Where a load is no longer shown, the table is made anew.
-#}
{% materialization newest, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set landed = config.require('landed') -%}
    {% call(existing, inputs) unless_up_to_date(target) %}
        {% if existing is none or is_a_load_gone(landed) %}
            {{ make_as_a_whole(existing, target, inputs) }}
        {% else %}
            {{ look_up_what_came(target, landed, inputs) }}
        {% endif %}
    {% endcall %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#- Whether tonight lacks a load of a landed table that the night before had. -#}
{% macro is_a_load_gone(landed) -%}
    {{ return(run_query(loads_of(landed, 'base') ~ ' except ' ~ loads_of(landed, 'main')) | length > 0) }}
{%- endmacro %}


{#- The loads behind a landed table: tonight's in schema `main`, those of the night before in `base`. -#}
{% macro loads_of(landed, schema) -%}
    {{ return('select load_id from ' ~ schema ~ ".landed_load where landed = '" ~ landed | join('__') ~ "'") }}
{%- endmacro %}


{#- Look up the records of the loads that came. -#}
{% macro look_up_what_came(target, landed, inputs) -%}
    {%- set came = run_query(
        loads_of(landed, 'main') ~ ' except ' ~ loads_of(landed, 'base')
    ).columns[0].values() | join("', '") -%}
    {%- set key = '(' ~ contract_table(landed[0], landed[1]).key | join(', ') ~ ')' -%}
    {%- set rows = target.identifier ~ '__came' -%}
    {%- set from_landed = ' from ' ~ source('landed', landed | join('__')) ~ ' where ' -%}
    {#- A key is compared as a whole: its parts may be empty, as a person's valid_from is. -#}
    {%- do run_query(
        'create or replace temp table ' ~ rows ~ ' as select *' ~ from_landed ~ key ~ ' in (select ' ~ key
        ~ from_landed ~ "_load_id in ('" ~ came ~ "'))"
    ) -%}
    {% call replace_rows(target, [key ~ ' in (select ' ~ key ~ ' from ' ~ rows ~ ')'], inputs) %}
        {% do run_query('insert into ' ~ target ~ ' by name ' ~ newest_version(landed[0], landed[1], rows)) %}
    {% endcall %}
{%- endmacro %}
