{% set references = contract_references() -%}
with
-- Each table is read once, whatever the number of columns that refer to it or from it.
{% for known, referring in references | groupby('to') -%}
known_{{ known | replace('.', '__') }} as (
    select distinct {{ referring | map(attribute='to_column') | unique | join(', ') }}
    from {{ ref('stg_' ~ known | replace('.', '__')) }}
),

{% endfor -%}
{% for table, columns in references | groupby('from') -%}
records_{{ table | replace('.', '__') }} as (
    select {{ columns | map(attribute='column') | join(', ') }}, count(*) as rows_count
    from {{ ref('stg_' ~ table | replace('.', '__')) }}
    group by {{ columns | map(attribute='column') | join(', ') }}
),

{% endfor -%}
gaps as (
    {% for reference in references -%}
    select
        '{{ reference.from }}' as table_name,
        '{{ reference.column }}' as column_name,
        '{{ reference.to }}' as referenced_table,
        record.{{ reference.column }} as unknown_id,
        record.rows_count
    from records_{{ reference.from | replace('.', '__') }} as record
    where
        record.{{ reference.column }} is not null
        and not exists (
            select 1 from known_{{ reference.to | replace('.', '__') }} as known
            where known.{{ reference.to_column }} = record.{{ reference.column }}
        )
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    table_name,
    column_name,
    referenced_table,
    unknown_id,
    cast(sum(rows_count) as bigint) as rows_count
from gaps
group by table_name, column_name, referenced_table, unknown_id
