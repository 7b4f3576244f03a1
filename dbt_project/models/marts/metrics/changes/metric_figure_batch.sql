{% set months -%}
    select date_trunc('month', p.period_end) as month_start_on, count(*) as records
    from {{ ref('metric_component_period') }} as p
    inner join {{ ref('metric_component_touched_period') }} as touched
        on p.component_id = touched.component_id and {{ same_period('p', 'touched') }}
    group by 1
{%- endset -%}
{{ batches_of_months(months) }}
