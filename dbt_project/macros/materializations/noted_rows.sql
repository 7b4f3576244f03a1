{#- Rows of a table that a night replaces: noted by their place, told by a hash, and removed. -#}

{#- Note the rows that any of the conditions chooses; returns a hash over them, in whatever order they stand, and whether they are
    more than a tenth of all. -#}
{% macro note_rows(target, conditions) -%}
    {%- set rows = 'select rowid as place, ' ~ row_hash('held') ~ ' as said from ' ~ target ~ ' as held where ' -%}
    {%- set found = run_query(
        'create or replace temp table ' ~ noted_rows(target) ~ ' as '
        ~ (rows ~ conditions | join(' union ' ~ rows) if conditions else rows ~ 'false') ~ ';'
        ~ " select md5(concat(count(*), ' ', sum(said))), count(*) > greatest(1000, (select count(*) from " ~ target
        ~ ') / 10) from ' ~ noted_rows(target)
    )[0] -%}
    {{ return({'hash': found[0], 'are_many': found[1]}) }}
{%- endmacro %}


{% macro noted_rows(target) -%} {{ return(target.identifier ~ '__noted') }} {%- endmacro %}


{#- A condition for the rows that were noted last. -#}
{% macro is_noted(target) -%} {{ return('rowid in (select place from ' ~ noted_rows(target) ~ ')') }} {%- endmacro %}


{#- Rows that are deleted are kept in memory until the transaction ends. Where they are many, those that stay are copied
    instead. -#}
{% macro remove_noted_rows(target, are_many) -%}
    {%- set noted = noted_rows(target) -%}
    {%- if not are_many -%}
        {%- do run_sql('delete from ' ~ target ~ ' where ' ~ is_noted(target)) -%}
    {%- else -%}
        {%- set kept = target.incorporate(path={'identifier': target.identifier ~ '__kept'}) -%}
        {%- do run_sql(
            'create table ' ~ kept ~ ' as select held.* from ' ~ target ~ ' as held anti join ' ~ noted
            ~ ' as noted on held.rowid = noted.place; drop table ' ~ target
            ~ '; alter table ' ~ kept ~ ' rename to ' ~ target.identifier
        ) -%}
    {%- endif -%}
{%- endmacro %}


{#- What the model's table is called after rows were replaced, as an expression: as it was where these came out as before. -#}
{% macro state_as_before(is_as_before, inputs) -%}
    {{ return(literal(
        inputs.state if is_as_before and inputs.state is not none else local_md5(invocation_id ~ model.unique_id)
    )) }}
{%- endmacro %}
