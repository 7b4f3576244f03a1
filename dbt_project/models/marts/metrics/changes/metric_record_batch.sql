{#- A record from which figures are evaluated stands in the list of each of its subjects, in every period that ends in a batch:
    it takes the room of twelve that are summed. -#}
{% set room_of_a_record = 12 -%}
{% set days %}(
    select d.metric_date, d.records
    from {{ ref('metric_day_fingerprint') }} as d
    inner join (
        select distinct semantic_model, date_column, population
        from {{ source('library', 'metric_component') }} as c
        inner join ({{ direct_components() }}) as evaluated on c.component_id = evaluated.component_id
    ) as populations
        on d.semantic_model = populations.semantic_model and d.date_column = populations.date_column
){% endset -%}
{{ batches_of_months(touched_records_by_month(days, room_of_a_record)) }}
