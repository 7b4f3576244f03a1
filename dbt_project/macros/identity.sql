{#- What the children of an identity come to: an aggregate over rows with `operation`, `operand` and `value`. It is NULL where
    a child has no figure, or a ratio nothing below the line: a part that is missing is not 0. A product is taken in doubles,
    in the order of the edges, for the decimals of two figures have no common width. -#}
{% macro composed_value(operation='operation', operand='operand', value='value', in_order_of='edge_id') -%}
    case
        when count({{ value }}) < count(*) then null
        when min({{ operation }}) = 'sum' then sum({{ value }})
        when min({{ operation }}) = 'difference'
            then sum(case {{ operand }} when 'minuend' then {{ value }} when 'subtrahend' then -{{ value }} end)
        when min({{ operation }}) = 'product'
            then cast(product(cast({{ value }} as double) order by {{ in_order_of }}) as decimal(38, 10))
        else cast(
            cast(sum({{ value }}) filter (where {{ operand }} = 'numerator') as double)
            / nullif(cast(sum({{ value }}) filter (where {{ operand }} = 'denominator') as double), 0)
            as decimal(38, 10)
        )
    end
{%- endmacro %}
