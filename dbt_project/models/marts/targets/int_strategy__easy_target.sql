{%- set run_length = var('easy_target_periods') -%}
{%- set attained_en = "' in each of the last " ~ run_length ~ " ' || r.period_grain || 's (' || " ~ two_decimals('100 * r.least_attainment')
    ~ " || ' % at least)'" -%}
{%- set attained_zh = "'最近 " ~ run_length ~ " 个周期（' || r.period_grain || '）均达成（最低 ' || " ~ two_decimals('100 * r.least_attainment')
    ~ " || ' %）'" -%}
-- Periods that are over and had a target of the subject's own, the newest first.
with closed as (
    select
        metric_id, subject_type, subject_id, period_grain, state, attainment, zone, stretch,
        row_number() over (
            partition by metric_id, subject_type, subject_id, period_grain order by period_start desc
        ) as age
    from {{ ref('mart_attainment') }}
    where origin = 'set' and period_end <= {{ run_setting('as_of') }}
),

reached as (
    select
        metric_id, subject_type, subject_id, period_grain, min(attainment) as least_attainment,
        -- Where a stretch level is set beside the target, it is that which a stretch goal means.
        bool_and(case when stretch is null then true else zone = 'stretch' end) as is_stretch_reached
    from closed
    where age <= {{ run_length }}
    group by metric_id, subject_type, subject_id, period_grain
    having count(*) = {{ run_length }} and bool_and(state = 'ok' and attainment >= 1)
),

-- The target of the running period, or of the first to come.
following as (
    select t.*, p.median_value, p.periods
    from {{ ref('int_strategy__target_set') }} as t
    inner join {{ ref('int_strategy__target_record') }} as p
        on {{ same_series('t', 'p') }} and t.period_grain = p.period_grain
    where t.period_end > {{ run_setting('as_of') }}
    qualify row_number() over (
        partition by t.metric_id, t.subject_type, t.subject_id, t.period_grain order by t.period_start asc
    ) = 1
)

select
    'TGT-07' as rule_id, 'warning' as severity, 'target' as object_type, f.target_id as object_id,
    f.metric_id, f.subject_type, f.subject_id, f.period_grain, f.period_start, s._source_file as file, s._source_row as line,
    '`' || f.metric_id || '` of ' || f.subject_id || ' reached its target' || {{ attained_en }} || ', and ' || f.target_id || ' asks for '
    || {{ number_text('f.target') }} || case f.kind when 'at_least' then ', no more' else ', no less' end || ' than the median of '
    || f.periods || ' ' || f.period_grain || 's so far, ' || {{ number_text('f.median_value') }}
    || '; ask for more, or say in a waiver why not' as message,
    f.subject_id || ' 的 `' || f.metric_id || '` ' || {{ attained_zh }} || '，而 ' || f.target_id || ' 的目标值 '
    || {{ number_text('f.target') }} || case f.kind when 'at_least' then ' 不高于' else ' 不低于' end || '此前 ' || f.periods
    || ' 个周期的中位数 ' || {{ number_text('f.median_value') }} || '；请提高要求，或以豁免说明理由' as message_zh
from following as f
inner join reached as r on {{ same_series('f', 'r') }} and f.period_grain = r.period_grain
inner join {{ ref('stg_library__targets') }} as s on f.target_id = s.target_id
where
    f.periods >= {{ var('target_record_periods') }}
    and case f.kind when 'at_least' then f.target <= f.median_value when 'at_most' then f.target >= f.median_value end
union all
select
    'TGT-07' as rule_id, 'warning' as severity, 'goal' as object_type, g.goal_id as object_id,
    r.metric_id, r.subject_type, r.subject_id, r.period_grain, null as period_start, g._source_file as file, g._source_row as line,
    'the stretch goal ' || g.goal_id || ' was reached' || {{ attained_en }} || ', as far as `' || r.metric_id
    || '` tells; a stretch is meant to be reached to 60 or 70 %: set it higher, or call it a commitment' as message,
    '挑战目标 ' || g.goal_id || '（`' || r.metric_id || '`）' || {{ attained_zh }}
    || '；挑战目标宜达成 60–70 %，请提高要求或改为承诺目标' as message_zh
from reached as r
cross join {{ ref('int_hr__company_root') }} as root
inner join {{ ref('stg_library__goal_metrics') }} as m on r.metric_id = m.metric_id and m.score_role = 'core'
inner join {{ ref('stg_library__goals') }} as g
    on m.goal_id = g.goal_id and r.subject_id = coalesce(g.org_unit_id, root.org_unit_id)
where r.is_stretch_reached and g.ambition = 'stretch' and g.lifecycle_state = 'active'
