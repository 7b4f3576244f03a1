{#-
  A table that a night makes anew key by key. All its rows of one value of the column `key` are made from the rows that have the
  same value in the models `by_key`; those where something changed are selected anew. A model that is only `looked_up` has
  its column and the one here that names its rows: {model: {its column: column here}}. Where something else differs that
  the table is made from, or where what changed is not told, all of it is made anew. The same query makes the whole table.
-#}
{% materialization keyed, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {% call(existing, inputs) unless_up_to_date(target) %}
        {%- set changed = keys_changed(inputs) if existing is not none else none -%}
        {% if changed is none %}
            {{ make_as_a_whole(existing, target, inputs) }}
        {% else %}
            {{ make_by_key(target, changed, inputs) }}
        {% endif %}
    {% endcall %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#- Queries for the keys under which something changed since the table was made; none where that is not told. -#}
{% macro keys_changed(inputs) -%}
    {%- set key, before = config.require('key'), (inputs.before or '').split(';') -%}
    {%- set differing = (inputs.tonight or 'unknown').split(';') | reject('in', before) | list -%}
    {%- set told = told_from(before) -%}
    {%- set queries = [] -%}
    {%- for one in differing -%}
        {%- set name = one.split('=')[0].split('.') | last -%}
        {%- if name in told and name in config.get('by_key') -%}
            {%- do queries.append('select ' ~ key ~ ' from ' ~ changed_rows(name)) -%}
        {%- elif name in told and name in config.get('looked_up', {}) -%}
            {%- for there, here in config.get('looked_up')[name].items() -%}
                {%- do queries.append(
                    'select ' ~ key ~ ' from ' ~ this ~ ' where ' ~ here ~ ' in (select ' ~ there ~ ' from ' ~ changed_rows(name) ~ ')'
                ) -%}
            {%- endfor -%}
        {%- else -%}
            {{ return(none) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(queries) }}
{%- endmacro %}


{#- The models whose changed rows are told, as the difference from what the table was made from. -#}
{% macro told_from(before) -%}
    {{ return(run_query(
        "select split_part(node, '.', -1) from " ~ build_state() ~ " where node || '=' || changed_from in ('"
        ~ before | join("', '") ~ "')"
    ).columns[0].values() | list) }}
{%- endmacro %}


{#- Select the rows of the changed keys anew: of what is read by key, the query sees their rows alone. -#}
{% macro make_by_key(target, changed, inputs) -%}
    {%- set keys, key = target.identifier ~ '__keys', config.require('key') -%}
    {%- do run_sql('create or replace temp table ' ~ keys ~ ' as ' ~ changed | join(' union ')) -%}
    {%- set in_keys = key ~ ' in (select ' ~ key ~ ' from ' ~ keys ~ ')' -%}
    {%- set query = namespace(sql=compiled_code) -%}
    {%- for name in config.get('by_key') -%}
        {%- set query.sql = query.sql | replace(ref(name) | string, '(select * from ' ~ ref(name) ~ ' where ' ~ in_keys ~ ')') -%}
    {%- endfor -%}
    {% call replace_rows(target, [in_keys], inputs) %}
        {% do run_sql('insert into ' ~ target ~ ' by name ' ~ query.sql) %}
    {% endcall %}
{%- endmacro %}
