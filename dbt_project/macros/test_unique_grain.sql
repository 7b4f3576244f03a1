{#- The grain holds: no two rows agree on all of `columns`, and none of them is NULL but those `nullable`. -#}
{% test unique_grain(model, columns, nullable=[]) %}
{%- set required = columns | reject('in', nullable) | list -%}
select
    {{ columns | join(', ') }},
    count(*) as rows_count
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in required %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
