{#-
  What a relation was made from, so that a night makes anew only what would come out otherwise. `build_state` has one row per
  model and source: `state`, a name for its content, and of a model `inputs`, a hash of its SQL and the state of each thing
  that it reads. The same inputs give the same rows, so a relation with the same inputs stays as it is in the warehouse that
  the night continues. Where tonight tells in schema `changed` which rows differ, `changed_from` is the state that they differ
  from. What the macros and the settings are, `build_identity` answers for: where they differ, nothing is continued.
-#}
{% macro build_state() -%} main.build_state {%- endmacro %}


{#- What the model is made from `tonight` (none where something read has no state): the hash of its SQL, and after each semicolon
    something read and its state. What it was made from `before`, and what its content is called since (`state`); none where it is
    not known. -#}
{% macro inputs_of_model() -%}
    {%- set read = model.depends_on.nodes | unique | list -%}
    {%- set itself = "filter (where node = '" ~ model.unique_id ~ "')" -%}
    {%- set others = "filter (where node <> '" ~ model.unique_id ~ "')" -%}
    {%- set found = run_query(
        'select case when count(state) ' ~ others ~ ' = ' ~ read | length ~ " then '" ~ local_md5(compiled_code)
        ~ "' || coalesce(string_agg(';' || node || '=' || state, '' order by node) " ~ others
        ~ ", '') end, max(inputs) " ~ itself ~ ', max(state) ' ~ itself
        ~ ' from ' ~ build_state() ~ " where node in ('" ~ (read + [model.unique_id]) | join("', '") ~ "')"
    )[0] -%}
    {{ return({'tonight': found[0], 'before': found[1], 'state': found[2]}) }}
{%- endmacro %}


{#- Note what the model was made from, what its content is called (an expression), and of which state what changed is told. -#}
{% macro remember_state(inputs, state, changed_from=none) -%}
    {%- set node = literal(model.unique_id) -%}
    {{ run_sql(
        'delete from ' ~ build_state() ~ ' where node = ' ~ node ~ '; insert into ' ~ build_state()
        ~ ' (node, inputs, state, changed_from) select ' ~ [node, literal(inputs.tonight), state, literal(changed_from)] | join(', ')
    ) }}
{%- endmacro %}


{#- A text as SQL has it. -#}
{% macro literal(text) -%} {{ return("'" ~ text ~ "'" if text is not none else 'null') }} {%- endmacro %}


{#- A hash over the rows of a relation that a condition chooses, in whatever order they stand, as an expression. -#}
{% macro hash_of_rows(relation, condition) -%}
    {{ return(
        "(select md5(concat(count(*), ' ', sum(" ~ row_hash('held') ~ '))) from ' ~ relation ~ ' as held where ' ~ condition ~ ')'
    ) }}
{%- endmacro %}


{#- What a relation is called that is named by what it was made from, as an expression; NULL where that has no name. -#}
{% macro state_of_inputs(inputs) -%}
    {{ return(literal(local_md5(inputs.tonight) if inputs.tonight is not none else none)) }}
{%- endmacro %}


{#- What a table is called, as an expression: by its rows, so that who reads it is spared where they came out as before; a table
    so large that this would take longer than it saves, by what it was made from. -#}
{% macro state_of_table(relation, inputs) -%}
    {%- set is_small = '(select count(*) from ' ~ relation ~ ') <= 2000000' -%}
    {{ return(
        'case when ' ~ is_small ~ ' then ' ~ hash_of_rows(relation, is_small) ~ ' else ' ~ state_of_inputs(inputs) ~ ' end'
    ) }}
{%- endmacro %}
