{#- A table or a view that is made anew where its inputs differ from those that it was made from, and is left alone otherwise. -#}
{% materialization table, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {% call(existing, inputs) unless_up_to_date(target) %}
        {{ make_as_a_whole(existing, target, inputs, is_told=existing is not none and is_read_by_key()) }}
    {% endcall %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{% materialization view, adapter='duckdb' %}
    {%- set target = this.incorporate(type='view') -%}
    {% call(existing, inputs) unless_up_to_date(target) %}
        {{ drop_relation_if_exists(existing) }}
        {% call statement('main') -%} {{ create_view_as(target, compiled_code) }} {%- endcall %}
        {% do remember_state(inputs, state_of_inputs(inputs)) %}
    {% endcall %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#- Make a table from its whole query; where it `is_told`, with the rows that differ from those it had. -#}
{% macro make_as_a_whole(existing, target, inputs, is_told=false) -%}
    {%- if is_told -%} {%- do keep_rows(target, 'true') -%} {%- endif -%}
    {{ drop_relation_if_exists(existing) }}
    {% call statement('main') -%} {{ create_table_as(False, target, compiled_code) }} {%- endcall %}
    {%- do remember_changes(target, 'true', inputs, state_of_table(target, inputs), is_told) -%}
{%- endmacro %}
