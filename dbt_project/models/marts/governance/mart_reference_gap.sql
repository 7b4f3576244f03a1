-- What is unknown is little: it is found before it is counted.
{% for reference in contract_references() -%}
select
    '{{ reference.from }}' as table_name,
    '{{ reference.column }}' as column_name,
    '{{ reference.to }}' as referenced_table,
    record.{{ reference.column }} as unknown_id,
    count(*) as rows_count
from {{ ref('stg_' ~ reference.from | replace('.', '__')) }} as record
where
    record.{{ reference.column }} is not null
    and record.{{ reference.column }} not in (
        select known.{{ reference.to_column }}
        from {{ ref('stg_' ~ reference.to | replace('.', '__')) }} as known
        where known.{{ reference.to_column }} is not null
    )
group by record.{{ reference.column }}
{{ 'union all' if not loop.last }}
{% endfor %}
