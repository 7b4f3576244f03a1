{#- A quotient that is NULL where the denominator is 0 or missing: no data is not 0. -#}
{% macro ratio(numerator, denominator) -%}
    ({{ numerator }}) / nullif({{ denominator }}, 0)
{%- endmacro %}
