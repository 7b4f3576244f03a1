{#- `figures` with the column restated_on: the as-of day of the last night that published another value for a period that was
    over already; NULL where that never happened. What cannot be compared with the night before is not restated. -#}
{% macro with_restatement(figures) -%}
select
    f.*,
    case
        when closed.period_grain is null or kept.metric_id is null or (f.value is not distinct from earlier.value)
            then earlier.restated_on
        else {{ run_setting('as_of') }}
    end as restated_on
from {{ figures }} as f
left join {{ ref('metric_value_published') }} as earlier
    on {{ same_figure('f', 'earlier') }} and {{ in_batch('earlier.period_end') }}
left join (select distinct metric_id, subject_type, period_grain from {{ ref('metric_value_published') }}) as kept
    on f.metric_id = kept.metric_id and f.subject_type = kept.subject_type and f.period_grain = kept.period_grain
left join (
    {{ periods_closed_before() }}
) as closed
    on {{ same_period('f', 'closed') }}
{%- endmacro %}


{#- Periods, a week and longer, that were over when the last night was published; none if that night was of a later day. -#}
{% macro periods_closed_before() -%}
    select p.period_grain, p.period_start, p.period_end
    from {{ source('published', 'dim_period') }} as p
    cross join {{ source('published', 'run_info') }} as night
    where p.is_complete and p.period_grain <> 'day' and night.as_of <= {{ run_setting('as_of') }}
{%- endmacro %}


{#- Figures of different major versions are not the same figure. -#}
{% macro major_version(version) -%} split_part({{ version }}, '.', 1) {%- endmacro %}
