{#- Whole months, so that no span is cut; together the batches cover all time. -#}
with months as (
    select date_trunc('month', f.metric_date) as month_start_on, sum(f.records) as records
    from {{ ref('metric_day_fingerprint') }} as f
    where f.metric_date in (select metric_date from {{ ref('metric_component_touched') }})
    group by date_trunc('month', f.metric_date)
),

numbered as (
    select
        month_start_on,
        floor(
            (sum(records) over (order by month_start_on) - records) / {{ run_setting('batch_records') }}
        ) as batch
    from months
),

-- Where no day is touched, a definition may be: there is always a batch.
batches as (
    select min(month_start_on) as first_day from numbered group by batch
    union
    select {{ beginning_of_time() }} as first_day where not exists (select 1 from numbered)
)

select
    cast(
        case when row_number() over (order by first_day) = 1 then {{ beginning_of_time() }} else first_day end as date
    ) as first_day,
    cast(coalesce(lead(first_day) over (order by first_day), {{ end_of_time() }} + 1) as date) - 1 as last_day
from batches
