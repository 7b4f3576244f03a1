{#- Which rows of a table differ from those of the night before: told in schema `changed` where a `keyed` model asks for them. -#}

{#- Replace the rows that any of the conditions chooses by those that the body of the call inserts, and remember what the table is
    called then. Where many are replaced it is not told which: who reads them makes all anew. -#}
{% macro replace_rows(target, conditions, inputs) -%}
    {{ nothing_to_execute() }}
    {%- set before = note_rows(target, conditions) -%}
    {%- set is_told = not before.are_many and is_read_by_key() -%}
    {%- if is_told -%} {%- do keep_rows(target, is_noted(target)) -%} {%- endif -%}
    {%- do remove_noted_rows(target, before.are_many) -%}
    {{ caller() }}
    {%- set state = state_as_before(note_rows(target, conditions).hash == before.hash, inputs) -%}
    {%- do remember_changes(target, is_noted(target), inputs, state, is_told) -%}
{%- endmacro %}


{#- Whether any model is brought up to date by what changes in this one. -#}
{% macro is_read_by_key() -%}
    {%- for node in graph.nodes.values() if model.unique_id in node.depends_on.nodes -%}
        {%- if model.name in (node.config.get('by_key') or []) or model.name in (node.config.get('looked_up') or {}) -%}
            {{ return(true) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}


{#- Keep the rows that a condition chooses as they are before the night replaces them. -#}
{% macro keep_rows(target, condition) -%}
    {%- do run_sql(
        'create or replace temp table ' ~ target.identifier ~ '__before as from ' ~ target ~ ' where ' ~ condition
    ) -%}
{%- endmacro %}


{#- Remember the state of a table, an expression; where it `is_told` and differs, with the rows that do. -#}
{% macro remember_changes(target, condition, inputs, state, is_told) -%}
    {%- set known = inputs.state if is_told else none -%}
    {%- if known is none -%}
        {%- do remember_state(inputs, state) -%}
    {%- else -%}
        {%- set now = run_query('select ' ~ state)[0][0] -%}
        {%- set differs = now != known -%}
        {%- if differs -%} {%- do tell_changes(target, condition) -%} {%- endif -%}
        {%- do remember_state(inputs, literal(now), known if differs else none) -%}
    {%- endif -%}
{%- endmacro %}


{#- Tell which rows differ: those that are now in what the condition chooses, or were among those kept before, and not both. -#}
{% macro tell_changes(target, condition) -%}
    {%- set before, after = target.identifier ~ '__before', target ~ ' where ' ~ condition -%}
    {%- do run_sql(
        'create or replace table ' ~ changed_rows(model.name) ~ ' as (from ' ~ before ~ ' except all from ' ~ after
        ~ ') union all (from ' ~ after ~ ' except all from ' ~ before ~ ')'
    ) -%}
{%- endmacro %}


{#- Where tonight's changes of a model are told. -#}
{% macro changed_rows(name) -%} {{ return('changed.' ~ name) }} {%- endmacro %}
