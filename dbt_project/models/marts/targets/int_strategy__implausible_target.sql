{%- set deviations = var('target_record_deviations') -%}
with judged as (
    select
        t.target_id, t.metric_id, t.subject_type, t.subject_id, t.period_grain, t.period_start, t.kind, t.target,
        r.periods, r.deviation, s._source_file, s._source_row,
        case t.kind when 'at_least' then r.high_value else r.low_value end as best,
        case t.kind
            when 'at_least' then r.high_value + {{ deviations }} * r.deviation
            else r.low_value - {{ deviations }} * r.deviation
        end as plausible
    from {{ ref('int_strategy__target_set') }} as t
    inner join {{ ref('stg_library__targets') }} as s on t.target_id = s.target_id
    inner join {{ ref('int_strategy__target_record') }} as r
        on {{ same_series('t', 'r') }} and t.period_grain = r.period_grain
    where
        t.period_end > {{ run_setting('as_of') }} and t.kind in ('at_least', 'at_most')
        and r.periods >= {{ var('target_record_periods') }} and coalesce(trim(s.basis), '') = ''
)

select
    'TGT-08' as rule_id, 'warning' as severity, 'target' as object_type, target_id as object_id,
    metric_id, subject_type, subject_id, period_grain, period_start, _source_file as file, _source_row as line,
    target_id || ' asks for ' || {{ number_text('target') }} || ' of `' || metric_id || '`, beyond ' || {{ number_text('plausible') }}
    || ': the ' || case kind when 'at_least' then '95th' else '5th' end || ' percentile of ' || periods || ' ' || period_grain
    || 's so far, ' || {{ number_text('best') }} || case kind when 'at_least' then ', plus' else ', less' end
    || ' {{ deviations }} median deviations of ' || {{ number_text('deviation') }}
    || '; say in `basis` what it rests on, or correct it' as message,
    target_id || ' 对 `' || metric_id || '` 的目标值 ' || {{ number_text('target') }} || ' 超出 ' || {{ number_text('plausible') }}
    || '：此前 ' || periods || ' 个周期（' || period_grain || '）的' || case kind when 'at_least' then ' 95' else ' 5' end
    || ' 分位数 ' || {{ number_text('best') }} || case kind when 'at_least' then ' 加' else ' 减' end
    || ' {{ deviations }} 倍中位绝对偏差 ' || {{ number_text('deviation') }} || '；请在 basis 中说明依据，或更正' as message_zh
from judged
where case kind when 'at_least' then target > plausible else target < plausible end
