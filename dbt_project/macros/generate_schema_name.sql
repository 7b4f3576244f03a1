{#- A custom schema name is used as it is: staging, intermediate, core, metrics, marts. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
