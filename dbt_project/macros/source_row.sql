{#- Where a fact came from: source, file and row, kept on every fact so that a figure can be followed to its row. -#}
{% macro source_row(relation) -%}
    {{ relation }}._source,
    {{ relation }}._source_file,
    {{ relation }}._source_row
{%- endmacro %}
