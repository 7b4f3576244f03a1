{#-
  What every materialization does around its own work, which is the body of the call: it gets the relation as it stands
  (none where there is none yet) and what it is made from tonight and was before (see
  `inputs_of_model`). Where that is what the relation was made from before, it is
  left alone.
-#}
{% macro unless_up_to_date(target) %}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set inputs = inputs_of_model() -%}
    {% if existing is not none and inputs.tonight is not none and inputs.tonight == inputs.before %}
        {{ nothing_to_execute() }}
    {% else %}
        {{ caller(existing, inputs) }}
        {% do persist_docs(target, model) %}
    {% endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
{% endmacro %}


{#- dbt asks for a main statement, also of a model that needs none. -#}
{% macro nothing_to_execute() %}
    {% call statement('main') -%}select 0 as rows_inserted{%- endcall %}
{% endmacro %}


{#- Run SQL whose result nobody asks for: dbt makes a table of what `run_query` finds, also where that is only a count. -#}
{% macro run_sql(sql) -%}
    {%- do adapter.execute(sql) -%}
{%- endmacro %}
