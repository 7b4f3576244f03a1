{%- set levels = ['baseline', 'gate', 'commit', 'target', 'stretch', 'lower_bound', 'upper_bound'] -%}
{%- set series = 'metric_id, subject_type, subject_id, period_grain, period_start' -%}
with set_targets as (
    select * from {{ ref('int_strategy__target_set') }}
),

-- What each holder of a position has of its target.
parts as (
    select
        t.target_id, t.metric_id, p.employee_id, t.period_grain, t.period_start, t.period_end, t.revision, t.kind, t.judged_on,
        p.is_divided, p.held_share, p.due_share,
        {%- for level in levels %}
        {{ part_of('t.' ~ level, 'p') }} as {{ level }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_strategy__position_target_part') }} as p
    inner join set_targets as t on p.target_id = t.target_id
),

-- Parts of an amount that somebody has of several positions, as after a transfer, are one target for all of them.
of_positions as (
    select
        target_id || '/' || employee_id as target_id, metric_id, 'employee' as subject_type, employee_id as subject_id,
        period_grain, period_start, period_end, revision, kind,
        {%- for level in levels %}
        cast(case when is_divided then sum({{ level }}) over of_person else {{ level }} end as decimal(24, 6)) as {{ level }},
        {%- endfor %}
        case when is_divided then 'capacity' else 'handed_down' end as allocation_method,
        target_id as parent_target_id, judged_on, 'position' as origin,
        'employee' as measured_type, employee_id as measured_id,
        case
            when is_divided and count(due_share) over of_person = count(*) over of_person
                then cast({{ ratio('sum(target * due_share) over of_person', 'sum(target) over of_person') }} as decimal(12, 10))
        end as due_share,
        2 as precedence, held_share as precedence_within
    from parts
    window of_person as (partition by metric_id, employee_id, period_grain, period_start, is_divided)
),

-- The owner of a scope answers for the scope's figure; whoever else carries a rate has the scope's target for his own.
of_scopes as (
    select
        t.target_id || '/' || c.subject_id as target_id, t.metric_id, c.subject_type, c.subject_id,
        t.period_grain, t.period_start, t.period_end, t.revision, t.kind,
        {%- for level in levels %}
        t.{{ level }},
        {%- endfor %}
        'handed_down' as allocation_method,
        t.target_id as parent_target_id, t.judged_on,
        case when c.answers_for_scope then 'scope' else 'handed_down' end as origin,
        c.measured_type, c.measured_id, cast(null as decimal(12, 10)) as due_share,
        3 as precedence, c.weight as precedence_within
    from {{ ref('int_strategy__carried_figure') }} as c
    inner join set_targets as t
        on
            c.metric_id = t.metric_id and c.scope_id = t.subject_id
            and t.judged_on >= c.valid_from and t.judged_on < c.valid_to
    where t.subject_type not in ('position', 'employee', 'reporting_line') and (c.answers_for_scope or not c.accumulates)
),

candidates as (
    select
        target_id, metric_id, subject_type, subject_id, period_grain, period_start, period_end, revision, kind,
        {{ levels | join(', ') }}, allocation_method, parent_target_id, judged_on, 'set' as origin,
        subject_type as measured_type, subject_id as measured_id, cast(null as decimal(12, 10)) as due_share,
        1 as precedence, 1 as precedence_within
    from set_targets
    union all
    select * from of_positions
    union all
    select * from of_scopes
)

select * exclude (precedence, precedence_within)
from candidates
qualify row_number() over (partition by {{ series }} order by precedence asc, precedence_within desc, target_id asc) = 1
