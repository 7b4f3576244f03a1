{{ config(meta={'dagster': {'ref': {'name': 'mart_scorecard'}}}) }}
-- Whoever has the items and the stated numbers gets the same score: no part of it is hidden. Weights that count sum to 100.
with recomputed as (
    select
        subject_type, subject_id, period_grain, period_start, period_end,
        sum(case when score_role = 'core' then points end) as core_points,
        sum(case when score_role = 'core' then weight_counted end) as weight_counted,
        max(case when score_role = 'gate' and not gate_passed then 1 else 0 end) as is_gate_missed,
        least(sum(case when score_role = 'bonus' and points is not null then points else 0 end), {{ var('score_bonus_cap') }}) as bonus
    from {{ ref('mart_scorecard_item') }}
    group by subject_type, subject_id, period_grain, period_start, period_end
)

select s.*, r.core_points as recomputed_core, r.bonus as recomputed_bonus
from {{ ref('mart_scorecard') }} as s
full join recomputed as r on s.subject_type = r.subject_type and s.subject_id = r.subject_id and {{ same_period('s', 'r') }}
where
    s.subject_id is null or r.subject_id is null
    or s.core_points is distinct from r.core_points
    or abs(r.weight_counted - 100) > 0.0001
    or s.score is distinct from case
        when r.core_points is null then null
        when r.is_gate_missed = 0 then r.core_points + r.bonus
        when r.core_points < {{ var('score_gate_ceiling') }} then r.core_points
        else {{ var('score_gate_ceiling') }}
    end
