{#- Rows where a fact and what was staged for it disagree in a total. `comparisons`: list of
    {fact, staged, totals: {name: [expression over the fact, expression over the staged rows]}, where} -#}
{% macro totals_differ(comparisons) %}
with totals as (
    {% for comparison in comparisons -%}
    {% set outer_last = loop.last -%}
    {% for name, expressions in comparison.totals.items() -%}
    select
        '{{ comparison.fact }}' as fact,
        '{{ name }}' as total,
        cast((select {{ expressions[0] }} from {{ ref(comparison.fact) }}) as decimal(38, 4)) as in_fact,
        cast(
            (select {{ expressions[1] }} from {{ ref(comparison.staged) }} where {{ comparison.where or 'true' }})
            as decimal(38, 4)
        ) as in_staged
    {{ 'union all' if not (outer_last and loop.last) }}
    {% endfor -%}
    {% endfor %}
)

select * from totals where in_fact is distinct from in_staged
{% endmacro %}
