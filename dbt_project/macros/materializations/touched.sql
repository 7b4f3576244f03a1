{#-
  A table that a night brings up to date instead of making it anew. The config `out_of_date` is a condition over the
  table's rows that tells which of them tonight's changes reach; they are deleted, and the model's query, which selects
  just those rows anew, is inserted batch by batch. On an empty warehouse everything is new, and the same query makes
  the whole table: there is one way to a figure, not two. Where the rows come out as they were, so does the table's name for
  its readers.
-#}
{% materialization touched, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set inputs = inputs_of_model() -%}
    {% call statement('main') -%}select 0 as rows_inserted{%- endcall %}
    {% if not is_up_to_date(existing, inputs) %}
        {% if existing is none %}
            {% call statement('create') -%}
                {{ create_table_as(False, target, 'select * from (' ~ compiled_code ~ ') as nothing where false') }}
            {%- endcall %}
        {% endif %}
        {% do remember_state(inputs, state_when_touched(existing, target)) %}
        {% do persist_docs(target, model) %}
    {% endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#- Replace what is out of date, and return what the table is called then: as before where the rows came out as they were. -#}
{% macro state_when_touched(existing, target) -%}
    {%- if existing is none -%}
        {%- do insert_touched(target) -%}
        {{ return(local_md5(invocation_id ~ model.unique_id)) }}
    {%- endif -%}
    {%- set out_of_date = render(config.require('out_of_date')) -%}
    {%- set before = hash_of_rows(target, out_of_date) -%}
    {%- do remove_rows(target, out_of_date) -%}
    {%- do insert_touched(target) -%}
    {%- set known = run_query("select state from " ~ build_state() ~ " where node = '" ~ model.unique_id ~ "'") -%}
    {%- set is_as_before = known | length > 0 and hash_of_rows(target, out_of_date) == before -%}
    {{ return(known[0][0] if is_as_before else local_md5(invocation_id ~ model.unique_id)) }}
{%- endmacro %}


{#- Rows that are deleted are kept in memory until the transaction ends. Where they are more
    than a tenth of all, those that stay are copied instead. -#}
{% macro remove_rows(target, condition) -%}
    {%- set share = 'select coalesce(avg(case when ' ~ condition ~ ' then 1 else 0 end), 0) from ' ~ target -%}
    {%- if run_query(share)[0][0] <= 0.1 -%}
        {%- do run_query('delete from ' ~ target ~ ' where ' ~ condition) -%}
    {%- else -%}
        {%- set kept = target.incorporate(path={'identifier': target.identifier ~ '__kept'}) -%}
        {%- do run_query(
            'create table ' ~ kept ~ ' as select * from ' ~ target ~ ' where not coalesce((' ~ condition ~ '), false)'
        ) -%}
        {%- do run_query('drop table ' ~ target) -%}
        {%- do run_query('alter table ' ~ kept ~ ' rename to ' ~ target.identifier) -%}
    {%- endif -%}
{%- endmacro %}


{#- Insert what the model selects, batch by batch; batches of records where figures are evaluated from those (`evaluates_records`). -#}
{% macro insert_touched(target) -%}
    {%- set batches = run_query(
        'select first_day, last_day from ' ~ ref('metric_batch')
        ~ ' where of_records = ' ~ config.get('evaluates_records', false) ~ ' order by 1'
    ) -%}
    {% for batch in batches %}
        {% do run_query("set variable batch_first_day = date '" ~ batch[0] ~ "'") %}
        {% do run_query("set variable batch_last_day = date '" ~ batch[1] ~ "'") %}
        {% do run_query('insert into ' ~ target ~ ' by name select * from (' ~ compiled_code ~ ') as changed') %}
    {% endfor %}
{%- endmacro %}
