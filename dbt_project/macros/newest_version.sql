{#- The newest landed version of every record of a contract table, deleted records left out; or of every record in `rows`, a
    relation of landed rows.
    Newest: the latest version_by (a record without one is oldest), then the latest load, then the latest row. Few records have
    several versions: only those are put in order. -#}
{% macro newest_version(domain, table, rows=none) %}
{{ config(landed=[domain, table]) }}
{%- set contract = contract_table(domain, table) -%}
{%- set key = contract.key | join(', ') -%}
{%- set landed = rows or source('landed', domain ~ '__' ~ table) -%}
with several as (
    select {{ key }} from {{ landed }} group by {{ key }} having count(*) > 1
),

versions as (
    select *, 1 as version_rank
    from {{ landed }}
    where ({{ key }}) not in (select ({{ key }}) from several)
    union all
    select
        *,
        row_number() over (
            partition by {{ key }}
            order by
                {% if contract.version_by %}{{ contract.version_by }} desc nulls last, {% endif -%}
                _sequence desc, _source_row desc
        ) as version_rank
    from {{ landed }}
    where ({{ key }}) in (select ({{ key }}) from several)
)

select
    {%- for column in contract.columns %}
    {{ column }},
    {%- endfor %}
    _source,
    _source_file,
    _source_row,
    _load_id
from versions
where version_rank = 1 and not _is_deleted
{% endmacro %}
