{#-
  What a relation was made from, so that a night makes anew only what would come out otherwise. `build_state` has one row per
  model and source: `state`, a name for its content, and of a model `inputs`, a hash of its SQL and the state of each thing
  that it reads. The same inputs give the same rows, so a relation with the same inputs stays as it is in the warehouse that
  the night continues. Where tonight tells in schema `changed` which rows differ, `changed_from` is the state that they differ
  from. What the macros and the settings are, `build_identity` answers for: where they differ, nothing is continued.
-#}
{% macro build_state() -%} main.build_state {%- endmacro %}


{#- What the model is made from `tonight` (none where something read has no state), and what it was made from `before`: the hash
    of its SQL, and after each semicolon something read and its state. -#}
{% macro inputs_of_model() -%}
    {%- set read = model.depends_on.nodes | unique | list -%}
    {%- set others = "filter (where node <> '" ~ model.unique_id ~ "')" -%}
    {%- set found = run_query(
        'select case when count(state) ' ~ others ~ ' = ' ~ read | length ~ " then '" ~ local_md5(compiled_code)
        ~ "' || coalesce(string_agg(';' || node || '=' || state, '' order by node) " ~ others
        ~ ", '') end, max(inputs) filter (where node = '"
        ~ model.unique_id ~ "') from " ~ build_state() ~ " where node in ('" ~ (read + [model.unique_id]) | join("', '") ~ "')"
    )[0] -%}
    {{ return({'tonight': found[0], 'before': found[1]}) }}
{%- endmacro %}


{#- Note what the model was made from, what its content is called, and of which state what changed is told. -#}
{% macro remember_state(inputs, state, changed_from=none) -%}
    {%- set values = [] -%}
    {%- for one in (model.unique_id, inputs.tonight, state, changed_from) -%}
        {%- do values.append("'" ~ one ~ "'" if one is not none else 'null') -%}
    {%- endfor -%}
    {% do run_query(
        "delete from " ~ build_state() ~ " where node = '" ~ model.unique_id ~ "'; insert into " ~ build_state()
        ~ " (node, inputs, state, changed_from) values (" ~ values | join(', ') ~ ")"
    ) %}
{%- endmacro %}


{#- A hash over the rows of a relation, in whatever order they stand. -#}
{% macro hash_of_rows(relation) -%}
    {%- set found = run_query(
        "select md5(concat(count(*), ' ', sum(" ~ row_hash('held') ~ "))) from " ~ relation ~ " as held"
    ) -%}
    {{ return(found[0][0]) }}
{%- endmacro %}


{#- What a relation is called that is named by what it was made from; none where that has no name. -#}
{% macro state_of_inputs(inputs) -%}
    {{ return(local_md5(inputs.tonight) if inputs.tonight is not none else none) }}
{%- endmacro %}


{#- What a table is called: by its rows, so that who reads it is spared where they came out as before; a table so large that
    this would take longer than it saves, by what it was made from. -#}
{% macro state_of_table(relation, inputs) -%}
    {%- set rows = run_query("select count(*) from " ~ relation)[0][0] -%}
    {{ return(hash_of_rows(relation) if rows <= 2000000 else state_of_inputs(inputs)) }}
{%- endmacro %}
