{#-
  Whole months, so that no span is cut, put together until they have as many rows as are computed at once; together the batches
  cover all time. `months`: a query for month_start_on and records, how many rows there are of it or take the room of so many.
-#}
{% macro batches_of_months(months) -%}
with numbered as (
    select
        month_start_on,
        floor((sum(records) over (order by month_start_on) - records) / {{ run_setting('batch_records') }}) as batch
    from (
        {{ months }}
    ) as months
),

-- Where no day is touched, a definition may be: there is always a batch.
batches as (
    select cast(min(month_start_on) as date) as first_day from numbered group by batch
    union
    select {{ beginning_of_time() }} as first_day where not exists (select 1 from numbered)
)

select
    case when row_number() over (order by first_day) = 1 then {{ beginning_of_time() }} else first_day end as first_day,
    cast(coalesce(lead(first_day) over (order by first_day), {{ end_of_time() }} + 1) as date) - 1 as last_day
from batches
{%- endmacro %}


{#- The days that something counts on of which a component is touched, by month. -#}
{% macro touched_records_by_month(days, room=1) -%}
    select date_trunc('month', metric_date) as month_start_on, {{ room }} * sum(records) as records
    from {{ days }} as days
    where metric_date in (select metric_date from {{ ref('metric_component_touched') }})
    group by 1
{%- endmacro %}
