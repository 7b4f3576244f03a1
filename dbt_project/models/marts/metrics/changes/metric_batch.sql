{#- The components of a fact are columns beside each other while they are summed, and few facts have more than so many: where
    there are more, a record takes the room of several. -#}
{% set columns_of_a_record = 40 -%}
{% set days %}(
    select d.metric_date, d.records * coalesce(components.room, 1) as records
    from {{ ref('metric_day_fingerprint') }} as d
    left join (
        select semantic_model, date_column, ceil(count(*) / {{ columns_of_a_record }}) as room
        from {{ source('library', 'metric_component') }}
        group by semantic_model, date_column
    ) as components
        on d.semantic_model = components.semantic_model and d.date_column = components.date_column
){% endset -%}
{{ batches_of_months(touched_records_by_month(days)) }}
