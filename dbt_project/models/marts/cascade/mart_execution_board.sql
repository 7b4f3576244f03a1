with board as (
    select * from {{ ref('int_strategy__board_period') }}
),

coverage as (
    select
        m.org_unit_id, m.period_grain, m.period_start, count(*) as metrics,
        count(*) filter (where m.has_target) as metrics_with_target, count(*) filter (where m.has_data) as metrics_with_data,
        cast(sum(coalesce(f.findings, 0)) as bigint) as findings_open
    from {{ ref('int_strategy__board_metric') }} as m
    left join (
        select object_id as metric_id, count(*) as findings
        from {{ ref('definition_finding') }}
        where object_type = 'metric' and waived_by is null and severity <> 'info'
        group by object_id
    ) as f on m.metric_id = f.metric_id
    group by all
),

reached as (
    select
        subject_type, subject_id, period_grain, period_start, count(*) as targets,
        count(*) filter (where attainment >= 1) as attained,
        count(*) filter (where status = 'on_track') as on_track,
        count(*) filter (where status = 'at_risk') as at_risk,
        count(*) filter (where status = 'off_track') as off_track,
        count(*) filter (where attainment is null) as without_figure
    from {{ ref('mart_attainment') }}
    where target_id is not null
    group by all
),

identities as (
    select subject_id as org_unit_id, period_grain, period_start, count(*) as identities_differing
    from {{ ref('mart_cascade_reconciliation') }}
    where state = 'differs'
    group by all
),

actions as (
    select b.org_unit_id, b.period_grain, b.period_start, count(*) as actions_overdue
    from board as b
    inner join {{ ref('mart_action_item') }} as a
        on b.org_unit_id = a.org_unit_id and a.due_on < b.seen_on and coalesce(a.done_on > b.seen_on, true)
    group by all
),

reviews as (
    select
        b.org_unit_id, b.period_grain, b.period_start, count(*) as reviews_planned,
        count(*) filter (where r.held_on is null) as reviews_missed
    from board as b
    inner join {{ ref('stg_library__reviews') }} as r
        on b.org_unit_id = r.org_unit_id and r.planned_on >= b.period_start and r.planned_on <= b.seen_on
    group by all
),

-- People in the unit or below it on the last day seen who are off track, and whom nobody has coached meanwhile.
people as (
    select
        b.org_unit_id, b.period_grain, b.period_start,
        count(distinct a.subject_id) as people_off_track,
        count(distinct a.subject_id) filter (where s.employee_id is null) as people_off_track_not_coached
    from board as b
    inner join {{ ref('int_hr__org_closure') }} as c
        on b.org_unit_id = c.ancestor_id and c.valid_from <= b.seen_on and b.seen_on < c.valid_to
    inner join {{ ref('int_hr__employee_assignment') }} as e
        on c.descendant_id = e.org_unit_id and e.is_primary and e.valid_from <= b.seen_on and b.seen_on < e.valid_to
    inner join {{ ref('mart_attainment') }} as a
        on
            a.subject_type = 'employee' and a.status = 'off_track' and e.employee_id = a.subject_id
            and b.period_grain = a.period_grain and b.period_start = a.period_start
    left join {{ ref('stg_library__coaching_sessions') }} as s
        on e.employee_id = s.employee_id and s.held_on >= b.period_start and s.held_on <= b.seen_on
    group by all
)

select
    b.org_unit_id, b.subject_type, b.period_grain, b.period_start, b.period_end, b.is_complete,
    cast(coalesce(t.targets, 0) as integer) as targets,
    {% for counted in ('attained', 'on_track', 'at_risk', 'off_track', 'without_figure') -%}
        cast(coalesce(t.{{ counted }}, 0) as integer) as {{ counted }},
    {% endfor -%}
    cast(coalesce(c.metrics, 0) as integer) as metrics,
    cast({{ ratio('c.metrics_with_target', 'c.metrics') }} as decimal(9, 6)) as target_coverage,
    cast({{ ratio('c.metrics_with_data', 'c.metrics') }} as decimal(9, 6)) as data_coverage,
    -- Findings are those of tonight: they say nothing about a period that is over.
    case when b.period_end >= {{ run_setting('as_of') }} then cast(coalesce(c.findings_open, 0) as integer) end as findings_open,
    cast(coalesce(i.identities_differing, 0) as integer) as identities_differing,
    cast(coalesce(a.actions_overdue, 0) as integer) as actions_overdue,
    cast(coalesce(r.reviews_planned, 0) as integer) as reviews_planned,
    cast(coalesce(r.reviews_missed, 0) as integer) as reviews_missed,
    cast(coalesce(p.people_off_track, 0) as integer) as people_off_track,
    cast(coalesce(p.people_off_track_not_coached, 0) as integer) as people_off_track_not_coached,
    s.score, s.weight_counted as score_weight_counted,
    b.label_en, b.label_zh
from board as b
left join {{ ref('mart_scorecard') }} as s
    on
        b.subject_type = s.subject_type and b.org_unit_id = s.subject_id and b.period_grain = s.period_grain
        and b.period_start = s.period_start
left join reached as t
    on
        b.subject_type = t.subject_type and b.org_unit_id = t.subject_id and b.period_grain = t.period_grain
        and b.period_start = t.period_start
{% for joined, letter in {'coverage': 'c', 'identities': 'i', 'actions': 'a', 'reviews': 'r', 'people': 'p'}.items() -%}
left join {{ joined }} as {{ letter }}
    on
        b.org_unit_id = {{ letter }}.org_unit_id and b.period_grain = {{ letter }}.period_grain
        and b.period_start = {{ letter }}.period_start
{% endfor %}
