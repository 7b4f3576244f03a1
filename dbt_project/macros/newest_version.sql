{#- The newest landed version of every record of a contract table, deleted records left out.
    Newest: the latest version_by (a record without one is oldest), then the latest load, then the latest row. -#}
{% macro newest_version(domain, table) %}
{%- set contract = contract_table(domain, table) -%}
select
    {%- for column in contract.columns %}
    {{ column }},
    {%- endfor %}
    _source,
    _source_file,
    _source_row,
    _load_id
from (
    select
        *,
        row_number() over (
            partition by {{ contract.key | join(', ') }}
            order by
                {% if contract.version_by %}{{ contract.version_by }} desc nulls last, {% endif -%}
                _sequence desc, _source_row desc
        ) as version_rank
    from {{ source('landed', domain ~ '__' ~ table) }}
) as versions
where version_rank = 1 and not _is_deleted
{% endmacro %}
