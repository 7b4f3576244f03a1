{{ config(materialized='touched', batches='metric_figure_batch', touched=touched_metric_periods()) }}
-- depends_on: {{ ref('metric_figure_batch') }}
with touched as (
    select * from {{ ref('metric_touched') }} where {{ in_batch('period_end') }}
),

valued as (
    select metric_id, subject_type, subject_id, period_grain, period_start, period_end, numerator, denominator, value, n
    from (
        {{ form_values("t.input = 0", "select * from touched") }}
    ) as forms
    union all
    select
        metric_id, subject_type, subject_id, period_grain, period_start, period_end,
        cast(null as decimal(38, 10)) as numerator, cast(null as decimal(38, 10)) as denominator, value, n
    from {{ ref('metric_formula_value') }}
    where {{ in_batch('period_end') }}
),

measured as (
    {{ stated_values('valued') }}
),

missing as (
    select m.*
    from {{ ref('metric_value_missing') }} as m
    inner join touched as t on m.metric_id = t.metric_id and {{ same_period('m', 't') }}
    left join measured as v
        on
            v.subject_type = 'company'
            and m.metric_id = v.metric_id and m.subject_id = v.subject_id
            and m.period_grain = v.period_grain and m.period_start = v.period_start and m.period_end = v.period_end
    where v.metric_id is null
),

figures as (
    select * from measured
    union all
    select * from missing
)

{{ with_restatement('figures') }}
