-- What scores whom in which period, how much it weighs by days and share of working time, and the attainment that counts.
with weights as (
    select * from {{ ref('int_strategy__score_weight') }}
),

-- Periods that have not begun have no scorecard.
attained as (
    select *
    from {{ ref('mart_attainment') }}
    where
        target_id is not null and period_grain in ('month', 'quarter', 'year')
        and period_start <= {{ run_setting('as_of') }}
),

-- A carrier is measured by the target of his own, or else by that of the unit for which he answers.
candidates as (
    select
        w.subject_type, w.subject_id, w.metric_id, w.scope_org_unit_id, w.score_role,
        t.period_grain, t.period_start, t.period_end, t.subject_type as target_type, t.subject_id as target_subject,
        -- What follows from one scope is no measure of another.
        case when t.origin = 'scope' and t.measured_id <> w.scope_org_unit_id then 3 else 1 end as preference
    from weights as w
    inner join attained as t
        on w.metric_id = t.metric_id and w.subject_type = t.subject_type and w.subject_id = t.subject_id
    where w.valid_from <= t.period_end and t.period_start < w.valid_to
    union all
    select
        w.subject_type, w.subject_id, w.metric_id, w.scope_org_unit_id, w.score_role,
        t.period_grain, t.period_start, t.period_end, t.subject_type as target_type, t.subject_id as target_subject,
        2 as preference
    from weights as w
    inner join attained as t on w.metric_id = t.metric_id and w.scope_org_unit_id = t.subject_id
    where
        t.subject_type in ('company', 'division', 'department', 'team')
        and w.valid_from <= t.period_end and t.period_start < w.valid_to
),

measured as (
    select
        subject_type, subject_id, metric_id, scope_org_unit_id, score_role, period_grain, period_start, period_end,
        min_by(target_type, preference || target_type) as target_type,
        min_by(target_subject, preference || target_type) as target_subject
    from candidates
    group by all
),

periods as (
    select distinct subject_type, subject_id, period_grain, period_start, period_end from candidates
),

items as (
    select
        p.subject_type, p.subject_id, p.period_grain, p.period_start, p.period_end,
        w.metric_id, w.scope_org_unit_id, w.score_role,
        sum(w.weight * (least(w.valid_to, p.period_end + 1) - greatest(w.valid_from, p.period_start))) as weight_days,
        max(w.weight) as points_at_most
    from periods as p
    inner join weights as w
        on p.subject_type = w.subject_type and p.subject_id = w.subject_id
        and w.valid_from <= p.period_end and p.period_start < w.valid_to
    group by all
)

select
    i.subject_type, i.subject_id, i.period_grain, i.period_start, i.period_end, i.metric_id, i.scope_org_unit_id, i.score_role,
    i.weight_days, i.points_at_most, t.measured_type as measured_subject_type, t.measured_id as measured_subject_id,
    t.target_id, t.kind, t.gate, t.target, t.lower_bound, t.upper_bound, t.value, t.attainment,
    t.expected_by_now, t.pace,
    coalesce(t.state, 'no_target') as state
from items as i
left join measured as m
    on
        i.subject_type = m.subject_type and i.subject_id = m.subject_id
        and i.metric_id = m.metric_id and i.scope_org_unit_id = m.scope_org_unit_id and i.score_role = m.score_role
        and {{ same_period('i', 'm') }}
left join attained as t
    on
        i.metric_id = t.metric_id and m.target_type = t.subject_type and m.target_subject = t.subject_id
        and {{ same_period('i', 't') }}
