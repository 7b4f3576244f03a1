{#-
  A table that a night brings up to date instead of making it anew. The config `touched` tells which of its rows tonight's
  changes reach (see `touched_days` and its like); they are deleted, and the model's query, which selects just those rows
  anew, is inserted batch by batch. On an empty warehouse everything is new, and the same query makes the whole table: there
  is one way to a figure, not two. Where the rows come out as they were, so does the table's name for its readers.
-#}
{% materialization touched, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set touched = config.require('touched') -%}
    {% call(existing, inputs) unless_up_to_date(target) %}
        {%- set months = months_touched(touched) -%}
        {% if existing is none %}
            {% call statement('main') -%}
                {{ create_table_as(False, target, 'select * from (' ~ compiled_code ~ ') as nothing where false') }}
            {%- endcall %}
            {% do insert_touched(target, months) %}
            {% do remember_state(inputs, state_as_before(false, inputs)) %}
        {% else %}
            {% call replace_rows(target, conditions_of_touched(target, touched, months), inputs) %}
                {% do insert_touched(target, months) %}
            {% endcall %}
        {% endif %}
    {% endcall %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#- The first and last day of the months in which something is touched; NULL where nothing is. -#}
{% macro months_touched(touched) -%}
    {{ return(run_query(
        "select cast(date_trunc('month', min(" ~ touched.day ~ ')) as date), last_day(max(' ~ touched.day ~ ')) from '
        ~ ref(touched.by)
    )[0]) }}
{%- endmacro %}


{#- Conditions over the rows that are out of date: in what is touched, of what the library does not compute any more, or
    from before the years that the model keeps (`years_kept`). Each by itself, and with constants for the months: rows of
    other months are not read then. -#}
{% macro conditions_of_touched(target, touched, months) -%}
    {%- set conditions = [] -%}
    {%- if months[0] is not none -%}
        {%- do conditions.append(
            touched.day ~ " between date '" ~ months[0] ~ "' and date '" ~ months[1] ~ "' and ("
            ~ touched['keys'].values() | join(', ') ~ ') in (select ' ~ touched['keys'].keys() | join(', ') ~ ' from '
            ~ ref(touched.by) ~ ')'
        ) -%}
    {%- endif -%}
    {%- set computed = touched['keys'].keys() | first -%}
    {%- set gone = run_query(
        'select distinct ' ~ computed ~ ' from ' ~ target ~ ' where ' ~ computed
        ~ ' not in (' ~ computed_tonight(computed) ~ ')'
    ).columns[0].values() -%}
    {%- if gone -%}
        {%- do conditions.append(computed ~ " in ('" ~ gone | join("', '") ~ "')") -%}
    {%- endif -%}
    {%- if config.get('years_kept') -%}
        {%- do conditions.append(touched.day ~ ' < ' ~ beginning_of_years(config.get('years_kept'))) -%}
    {%- endif -%}
    {{ return(conditions) }}
{%- endmacro %}


{#- Insert what the model selects of the months in which something is touched: batch by batch of the model `batches`; at once
    where rows are few (`in_batches` is false). -#}
{% macro insert_touched(target, months) -%}
    {%- if months[0] is none -%} {{ return(none) }} {%- endif -%}
    {%- set first, last = "date '" ~ months[0] ~ "'", "date '" ~ months[1] ~ "'" -%}
    {%- set batches = [months] if not config.get('in_batches', true) else run_query(
        'select greatest(first_day, ' ~ first ~ '), least(last_day, ' ~ last ~ ') from '
        ~ ref(config.get('batches', 'metric_batch')) ~ ' where first_day <= ' ~ last ~ ' and last_day >= ' ~ first ~ ' order by 1'
    ) -%}
    {% for batch in batches %}
        {% do run_sql(
            "set variable batch_first_day = date '" ~ batch[0] ~ "'; set variable batch_last_day = date '" ~ batch[1]
            ~ "'; insert into " ~ target ~ ' by name select * from (' ~ compiled_code ~ ') as changed'
        ) %}
    {% endfor %}
{%- endmacro %}
