{#-
  What a relation was made from, so that a night makes anew only what would come out otherwise. `build_state` has one row per
  model and source: `state`, a name for its content, and of a model `inputs`, a hash over its SQL and the states of all that
  it reads. The same inputs give the same rows, so a relation with the same inputs stays as it is in the warehouse that the
  night continues. What the macros and the settings are, `build_identity` answers for: where they differ, nothing is continued.
-#}
{% macro build_state() -%} main.build_state {%- endmacro %}


{#- What the model is made from tonight, as the hash over its SQL and the states of what it reads (none where something read has
    no state), and what it was made from `before`. -#}
{% macro inputs_of_model() -%}
    {%- set read = model.depends_on.nodes | unique | list -%}
    {%- set others = "filter (where node <> '" ~ model.unique_id ~ "')" -%}
    {%- set found = run_query(
        'select case when count(state) ' ~ others ~ ' = ' ~ read | length ~ " then md5('" ~ local_md5(compiled_code)
        ~ "' || coalesce(string_agg(state, ',' order by node) " ~ others ~ ", '')) end, max(inputs) filter (where node = '"
        ~ model.unique_id ~ "') from " ~ build_state() ~ " where node in ('" ~ (read + [model.unique_id]) | join("', '") ~ "')"
    )[0] -%}
    {{ return({'tonight': found[0], 'before': found[1]}) }}
{%- endmacro %}


{#- Note what the model was made from, and what its content is called. -#}
{% macro remember_state(inputs, state) -%}
    {%- set values = [] -%}
    {%- for one in (model.unique_id, inputs, state) -%}
        {%- do values.append("'" ~ one ~ "'" if one is not none else 'null') -%}
    {%- endfor -%}
    {% do run_query(
        "delete from " ~ build_state() ~ " where node = '" ~ model.unique_id ~ "'; insert into " ~ build_state()
        ~ " (node, inputs, state) values (" ~ values | join(', ') ~ ")"
    ) %}
{%- endmacro %}


{#- A hash over the rows of a relation, in whatever order they stand. -#}
{% macro hash_of_rows(relation) -%}
    {%- set found = run_query(
        "select md5(concat(count(*), ' ', sum(" ~ row_hash('held') ~ "))) from " ~ relation ~ " as held"
    ) -%}
    {{ return(found[0][0]) }}
{%- endmacro %}


{#- What a table is called: by its rows, so that who reads it is spared where they came out as before; a table so large that
    this would take longer than it saves, by what it was made from. -#}
{% macro state_of_table(relation, inputs) -%}
    {%- set rows = run_query("select count(*) from " ~ relation)[0][0] -%}
    {{ return(hash_of_rows(relation) if rows <= 2000000 else inputs) }}
{%- endmacro %}
