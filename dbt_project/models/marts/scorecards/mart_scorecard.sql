with summed as (
    select
        subject_type, subject_id, period_grain, period_start, period_end,
        count(*) filter (where score_role = 'core') as core_items,
        count(*) filter (where score_role = 'core' and is_counted) as core_items_counted,
        cast(coalesce(sum(weight) filter (where is_counted), 0) as decimal(9, 4)) as weight_counted,
        sum(points) filter (where score_role = 'core') as core_points,
        count(*) filter (where score_role = 'gate') as gates,
        count(*) filter (where score_role = 'gate' and gate_passed) as gates_held,
        count(*) filter (where score_role = 'gate' and not gate_passed) as gates_missed,
        -- What is beyond the target of one bonus item, or of all of them, is praise but no points.
        least(coalesce(sum(points) filter (where score_role = 'bonus'), 0), {{ var('score_bonus_cap') }}) as bonus_points,
        bool_or(state = 'not_due') as is_open
    from {{ ref('mart_scorecard_item') }}
    group by all
),

-- A missed gate holds the score down, and no bonus lifts it again.
scored as (
    select
        *,
        case
            when core_points is null then null
            when gates_missed > 0 then least(core_points, {{ var('score_gate_ceiling') }})
            else core_points + bonus_points
        end as score
    from summed
),

talks as (
    select distinct s.subject_id, s.period_grain, s.period_start, s.period_end
    from scored as s
    inner join {{ ref('stg_library__manual_reviews') }} as r on s.subject_id = r.employee_id
    where s.subject_type = 'employee' and r.valid_from <= s.period_end and s.period_start < {{ open_to('r.valid_to') }}
)

select
    s.subject_type, s.subject_id, s.period_grain, s.period_start, s.period_end,
    case when s.score is null then 'no_data' when s.is_open then 'provisional' else 'ok' end as state,
    cast(s.core_items as integer) as core_items,
    cast(s.core_items_counted as integer) as core_items_counted,
    s.weight_counted,
    cast(case when s.core_items > 0 then 100 - s.weight_counted else 0 end as decimal(9, 4)) as weight_without_data,
    cast(s.core_points as decimal(9, 4)) as core_points,
    cast(s.gates as integer) as gates,
    cast(s.gates_held as integer) as gates_held,
    cast(s.gates_missed as integer) as gates_missed,
    cast(case when s.gates_missed > 0 then {{ var('score_gate_ceiling') }} end as decimal(9, 4)) as ceiling,
    cast(s.bonus_points as decimal(9, 4)) as bonus_points,
    cast(s.score as decimal(9, 4)) as score,
    t.subject_id is not null as is_for_talk,
    case
        when s.score is null then 'No score: no core item has an attainment'
        else {{ two_decimals('s.score') }} || ' points: core ' || {{ two_decimals('s.core_points') }} || ' on '
            || {{ two_decimals('s.weight_counted') }} || ' % of the weight'
    end
    || case when s.gates_missed > 0
        then '; gates missed: ' || s.gates_missed || ', so no more than {{ var("score_gate_ceiling") }} and no bonus'
    when s.bonus_points > 0 and s.score is not null then '; bonus ' || {{ two_decimals('s.bonus_points') }} else '' end
    || case when s.is_open then '; the period is open' else '' end as text_en,
    case
        when s.score is null then '无得分：核心项均无达成率'
        else {{ two_decimals('s.score') }} || ' 分：核心项 ' || {{ two_decimals('s.core_points') }} || ' 分，计入权重 '
            || {{ two_decimals('s.weight_counted') }} || ' %'
    end
    || case when s.gates_missed > 0
        then '；未达门槛 ' || s.gates_missed || ' 项，得分不超过 {{ var("score_gate_ceiling") }} 且不加分'
    when s.bonus_points > 0 and s.score is not null then '；加分 ' || {{ two_decimals('s.bonus_points') }} else '' end
    || case when s.is_open then '；周期未结束' else '' end as text_zh
from scored as s
left join talks as t on s.subject_type = 'employee' and s.subject_id = t.subject_id and {{ same_period('s', 't') }}
