{#-
  A table that a night brings up to date instead of making it anew. The config `out_of_date` is a condition over the
  table's rows that tells which of them tonight's changes reach; they are deleted, and the model's query, which selects
  just those rows anew, is inserted batch by batch. On an empty warehouse everything is new, and the same query makes
  the whole table: there is one way to a figure, not two.
-#}
{% materialization touched, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% if load_cached_relation(this) is none %}
        {% call statement('create') -%}
            {{ create_table_as(False, target, 'select * from (' ~ compiled_code ~ ') as nothing where false') }}
        {%- endcall %}
    {% else %}
        {% call statement('delete') -%}
            delete from {{ target }} where {{ render(config.require('out_of_date')) }}
        {%- endcall %}
    {% endif %}
    {% call statement('main') -%}select 0 as rows_inserted{%- endcall %}
    {% for batch in run_query('select first_day, last_day from ' ~ ref('metric_batch') ~ ' order by 1') %}
        {% do run_query("set variable batch_first_day = date '" ~ batch[0] ~ "'") %}
        {% do run_query("set variable batch_last_day = date '" ~ batch[1] ~ "'") %}
        {% call statement('main') -%}
            insert into {{ target }} by name select * from ({{ compiled_code }}) as changed
        {%- endcall %}
    {% endfor %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target, model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
