{#- Whole months, so that no span is cut; together the batches cover all time. -#}
{#- A record from which figures are evaluated stands in the list of each of its subjects, in every period that ends in a batch:
    it takes the room of twelve that are summed. -#}
{% set room_of_a_record = 12 -%}
with days as (
    select false as of_records, metric_date, records from {{ ref('metric_day_fingerprint') }}
    union all
    select true as of_records, d.metric_date, {{ room_of_a_record }} * d.records as records
    from {{ ref('metric_day_fingerprint') }} as d
    inner join (
        select distinct semantic_model, date_column, population
        from {{ source('library', 'metric_component') }} as c
        inner join ({{ direct_components() }}) as evaluated on c.component_id = evaluated.component_id
    ) as populations
        on d.semantic_model = populations.semantic_model and d.date_column = populations.date_column
),

months as (
    select of_records, date_trunc('month', metric_date) as month_start_on, sum(records) as records
    from days
    where metric_date in (select metric_date from {{ ref('metric_component_touched') }})
    group by all
),

numbered as (
    select
        of_records, month_start_on,
        floor(
            (sum(records) over (partition by of_records order by month_start_on) - records)
            / {{ run_setting('batch_records') }}
        ) as batch
    from months
),

-- Where no day is touched, a definition may be: there is always a batch.
batches as (
    select of_records, min(month_start_on) as first_day from numbered group by of_records, batch
    union
    select kind.of_records, {{ beginning_of_time() }} as first_day
    from (values (false), (true)) as kind (of_records)
    where kind.of_records not in (select of_records from numbered)
)

select
    of_records,
    cast(
        case
            when row_number() over (partition by of_records order by first_day) = 1 then {{ beginning_of_time() }}
            else first_day
        end as date
    ) as first_day,
    cast(
        coalesce(lead(first_day) over (partition by of_records order by first_day), {{ end_of_time() }} + 1) as date
    ) - 1 as last_day
from batches
