{#- A table or a view that is made anew where its inputs differ from those that it was made from, and is left alone otherwise. -#}
{% materialization table, adapter='duckdb' %}
    {{ return(made_from_inputs('table')) }}
{% endmaterialization %}


{% materialization view, adapter='duckdb' %}
    {{ return(made_from_inputs('view')) }}
{% endmaterialization %}


{% macro made_from_inputs(kind) %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type=kind) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set inputs = inputs_of_model() -%}
    {% if is_up_to_date(existing, inputs) %}
        {% call statement('main') -%}select 0 as rows_inserted{%- endcall %}
    {% else %}
        {{ drop_relation_if_exists(existing) }}
        {% call statement('main') -%}
            {{ create_table_as(False, target, compiled_code) if kind == 'table' else create_view_as(target, compiled_code) }}
        {%- endcall %}
        {% do persist_docs(target, model) %}
        {% do remember_state(inputs, state_of_table(target, inputs) if kind == 'table' else inputs) %}
    {% endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmacro %}
