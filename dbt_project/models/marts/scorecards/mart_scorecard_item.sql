with named as (
    select
        i.*, m.label, m.name_zh, m.direction,
        -- What still gathers in an open period is scored by its pace: the whole target is not due yet.
        i.state = 'not_due' and coalesce(i.expected_by_now <> i.target, true) as is_paced,
        case when is_paced then i.pace else i.attainment end as attainment_counted
    from {{ ref('int_strategy__score_item') }} as i
    left join {{ ref('dim_metric') }} as m on i.metric_id = m.metric_id
),

marked as (
    select
        n.*,
        {{ counts_in_score('n') }} as is_counted,
        case when n.score_role = 'gate' then {{ gate_holds('n') }} end as gate_passed
    from named as n
),

-- What is left out raises the weight of the others in proportion, so that those that count sum to 100.
weighed as (
    select
        *,
        cast(
            case when score_role = 'core' then 100 * {{ ratio(
                'weight_days',
                "sum(weight_days) filter (where score_role = 'core') over scorecard"
            ) }} end as decimal(9, 6)
        ) as weight,
        cast(
            case when score_role = 'core' and is_counted then 100 * {{ ratio(
                'weight_days',
                "sum(weight_days) filter (where score_role = 'core' and is_counted) over scorecard"
            ) }} end as decimal(9, 6)
        ) as weight_counted,
        case when score_role = 'bonus' then cast(coalesce(points_at_most, {{ var('score_bonus_item') }}) as decimal(9, 4)) end
            as bonus_at_most
    from marked
    window scorecard as (partition by subject_type, subject_id, period_grain, period_start, period_end)
),

pointed as (
    select
        *,
        cast(
            case
                when not is_counted then null
                when score_role = 'core' then weight_counted * {{ score_factor('attainment_counted', var('score_cap')) }}
                when score_role = 'bonus' then bonus_at_most * {{ score_factor('attainment_counted', 1) }}
            end as decimal(9, 4)
        ) as points
    from weighed
)

select
    subject_type, subject_id, period_grain, period_start, period_end, metric_id, scope_org_unit_id, score_role,
    measured_subject_type, measured_subject_id, target_id, state, value, target, gate, attainment, attainment_counted,
    weight, weight_counted, bonus_at_most, points, is_counted, gate_passed,
    coalesce(label, metric_id) || ': '
    || case
        when score_role = 'gate' and gate_passed then 'gate held, ' || {{ number_text('p.value') }} || ' ' || {{ gate_text('p') }}
        when score_role = 'gate' and not gate_passed
            then 'gate missed, ' || {{ number_text('p.value') }} || ' instead of ' || {{ gate_text('p') }}
        when score_role = 'gate' then 'gate not decided: ' || {{ undecided_gate_text('p', 'en') }}
        when not is_counted and score_role = 'core'
            then {{ not_scored_text('state', 'en') }} || '; its weight of ' || {{ two_decimals('weight') }} || ' % is left out'
        when not is_counted then {{ not_scored_text('state', 'en') }} || '; it adds nothing'
        when score_role = 'core'
            then {{ attainment_text('p', var('score_cap'), 'en') }} || ' × ' || {{ two_decimals('weight_counted') }} || ' % = '
            || {{ two_decimals('points') }} || ' points'
        else {{ attainment_text('p', 1, 'en') }} || ' of ' || {{ two_decimals('bonus_at_most') }} || ' bonus points = '
            || {{ two_decimals('points') }}
    end as text_en,
    coalesce(name_zh, label, metric_id) || '：'
    || case
        when score_role = 'gate' and gate_passed then '门槛达到，' || {{ number_text('p.value') }} || ' ' || {{ gate_text('p') }}
        when score_role = 'gate' and not gate_passed
            then '门槛未达到，' || {{ number_text('p.value') }} || '，应 ' || {{ gate_text('p') }}
        when score_role = 'gate' then '门槛未判定：' || {{ undecided_gate_text('p', 'zh') }}
        when not is_counted and score_role = 'core'
            then {{ not_scored_text('state', 'zh') }} || '，其权重 ' || {{ two_decimals('weight') }} || ' % 不计入'
        when not is_counted then {{ not_scored_text('state', 'zh') }} || '，不加分'
        when score_role = 'core'
            then {{ attainment_text('p', var('score_cap'), 'zh') }} || ' × ' || {{ two_decimals('weight_counted') }} || ' % = '
            || {{ two_decimals('points') }} || ' 分'
        else {{ attainment_text('p', 1, 'zh') }} || ' × 加分上限 ' || {{ two_decimals('bonus_at_most') }} || ' = '
            || {{ two_decimals('points') }} || ' 分'
    end as text_zh
from pointed as p
