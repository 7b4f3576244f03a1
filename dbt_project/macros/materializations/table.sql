{#- A table or a view that is made anew where its inputs differ from those that it was made from, and is left alone otherwise. -#}
{% materialization table, adapter='duckdb' %}
    {{ return(made_from_inputs('table')) }}
{% endmaterialization %}


{% materialization view, adapter='duckdb' %}
    {{ return(made_from_inputs('view')) }}
{% endmaterialization %}


{% macro made_from_inputs(kind) %}
    {%- set target = this.incorporate(type=kind) -%}
    {% call(existing, inputs) unless_up_to_date(target) %}
        {{ drop_relation_if_exists(existing) }}
        {% call statement('main') -%}
            {{ create_table_as(False, target, compiled_code) if kind == 'table' else create_view_as(target, compiled_code) }}
        {%- endcall %}
        {% do remember_state(inputs, state_of_table(target, inputs) if kind == 'table' else inputs) %}
    {% endcall %}
    {{ return({'relations': [target]}) }}
{% endmacro %}
