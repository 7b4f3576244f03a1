{#-
  The newest version of each record of a landed table (see `newest_version`). Loads never change: of a table that stands, only
  the records that a load brought since are looked up again. Where a load is no longer shown, the table is made anew.
-#}
{% materialization newest, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set inputs = inputs_of_model() -%}
    {%- set came = loads_since(config.require('landed') | join('__')) -%}
    {% if is_up_to_date(existing, inputs) %}
        {% call statement('main') -%}select 0 as rows_inserted{%- endcall %}
    {% elif existing is none or came is none %}
        {{ drop_relation_if_exists(existing) }}
        {% call statement('main') -%}{{ create_table_as(False, target, compiled_code) }}{%- endcall %}
        {% do persist_docs(target, model) %}
        {% do remember_state(inputs, state_of_table(target, inputs)) %}
    {% else %}
        {% call statement('main') -%}select 0 as rows_inserted{%- endcall %}
        {% do remember_state(inputs, state_when_looked_up(target, config.require('landed'), came)) %}
    {% endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#- The loads of a landed table that the night before did not have; none where it had others than tonight. -#}
{% macro loads_since(landed) -%}
    {%- set tonight = "select load_id from main.landed_load where landed = '" ~ landed ~ "'" -%}
    {%- set before = "select load_id from base.landed_load where landed = '" ~ landed ~ "'" -%}
    {%- if run_query(before ~ ' except ' ~ tonight) | length > 0 -%} {{ return(none) }} {%- endif -%}
    {{ return(run_query(tonight ~ ' except ' ~ before ~ ' order by load_id').columns[0].values() | list) }}
{%- endmacro %}


{#- Look up the records of these loads, and return what the table is called then: as before where they are as they were. -#}
{% macro state_when_looked_up(target, landed, came) -%}
    {%- set key = contract_table(landed[0], landed[1]).key | join(', ') -%}
    {%- set keys = target.identifier ~ '__came' -%}
    {%- do run_query(
        'create or replace temp table ' ~ keys ~ ' as select distinct ' ~ key ~ ' from '
        ~ source('landed', landed | join('__')) ~ " where _load_id in ('" ~ came | join("', '") ~ "')"
    ) -%}
    {%- set condition = '(' ~ key ~ ') in (select (' ~ key ~ ') from ' ~ keys ~ ')' -%}
    {%- set before = note_rows(target, [condition]) -%}
    {%- do remove_noted_rows(target) -%}
    {%- do run_query('insert into ' ~ target ~ ' by name ' ~ newest_version(landed[0], landed[1], among=keys)) -%}
    {{ return(state_as_before(note_rows(target, [condition]) == before)) }}
{%- endmacro %}
