{#- How a value moved against that of another period: the three columns `<name>_change`, `<name>_relative_change` (as a share
    of the size of the other value; NULL where that is 0) and `<name>_is_improvement` (NULL where neither better nor worse). -#}
{% macro change_columns(name, value, base) -%}
    {{ value }} - {{ base }} as {{ name }}_change,
    cast({{ ratio(value ~ ' - ' ~ base, 'abs(' ~ base ~ ')') }} as decimal(38, 10)) as {{ name }}_relative_change,
    case
        when {{ value }} = {{ base }} then null
        when direction = 'up' then {{ value }} > {{ base }}
        when direction = 'down' then {{ value }} < {{ base }}
        when {{ outside_of_band(value) }} <> {{ outside_of_band(base) }}
            then {{ outside_of_band(value) }} < {{ outside_of_band(base) }}
    end as {{ name }}_is_improvement
{%- endmacro %}

{#- How far a value lies outside the band of its target; NULL without a band. -#}
{% macro outside_of_band(value) -%}
    case when direction = 'band' then greatest(lower_bound - {{ value }}, {{ value }} - upper_bound, 0) end
{%- endmacro %}
