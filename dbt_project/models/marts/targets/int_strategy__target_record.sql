-- Whole periods only: the calendar may begin within one. A period without a figure is no period of 0 and is left out.
-- These say where a subject's own periods lie, to set a target beside them; none of them is the figure of a longer period.
with asked as (
    select distinct metric_id, subject_type, subject_id, period_grain
    from {{ ref('int_strategy__target_set') }}
    where period_end > {{ run_setting('as_of') }} and kind in ('at_least', 'at_most')
)

select
    a.metric_id, a.subject_type, a.subject_id, a.period_grain,
    cast(count(*) as integer) as periods,
    cast(quantile_cont(v.value, 0.5) as decimal(38, 10)) as median_value,
    cast(quantile_cont(v.value, 0.05) as decimal(38, 10)) as low_value,
    cast(quantile_cont(v.value, 0.95) as decimal(38, 10)) as high_value,
    cast(mad(v.value) as decimal(38, 10)) as deviation
from asked as a
inner join {{ ref('metric_value') }} as v on {{ same_series('a', 'v') }} and a.period_grain = v.period_grain
inner join {{ ref('dim_period') }} as p on {{ same_period('v', 'p') }}
where {{ is_whole_period('p') }} and v.value is not null
group by a.metric_id, a.subject_type, a.subject_id, a.period_grain
