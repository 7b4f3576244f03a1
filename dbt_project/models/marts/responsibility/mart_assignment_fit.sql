with carried as (
    select c.*
    from {{ ref('int_strategy__carried_metric') }} as c
    cross join {{ source('library', 'run_context') }} as r
    where
        c.subject_type = 'employee' and c.role in ('owner', 'collaborator')
        and c.valid_from <= r.as_of and r.as_of < c.valid_to
),

-- What the metric asks for is what its position asks for; a person named directly is held against the main position.
placed as (
    select
        c.assignment_id, c.metric_id, c.role, c.subject_id as employee_id,
        case when c.assigned_type = 'position' then c.assigned_id else h.position_id end as position_id
    from carried as c
    left join {{ ref('int_hr__employee_assignment') }} as h
        on c.subject_id = h.employee_id and h.is_primary and {{ run_setting('as_of') }} >= h.valid_from
        and {{ run_setting('as_of') }} < h.valid_to
),

latest as (
    select employee_id, competency_id, "level"
    from {{ ref('stg_hr__competency_assessments') }}
    where assessed_on <= {{ run_setting('as_of') }}
    qualify row_number() over (
        partition by employee_id, competency_id order by assessed_on desc, assessment_id desc
    ) = 1
),

compared as (
    select
        p.assignment_id, p.metric_id, p.role, p.employee_id, p.position_id, n.competency_id, n.required_level, l."level",
        -- Only where a level is known: greatest() passes over NULL.
        case when l."level" is not null then greatest(n.required_level - l."level", 0) end as gap
    from placed as p
    left join {{ ref('stg_hr__competencies') }} as n on p.position_id = n.position_id
    left join latest as l on p.employee_id = l.employee_id and n.competency_id = l.competency_id
)

select
    assignment_id, metric_id, role, employee_id, position_id,
    count(competency_id) as competencies_required,
    count("level") as competencies_assessed,
    case when count("level") > 0 then count(*) filter (where gap = 0) end as competencies_met,
    cast({{ ratio('sum(required_level - gap)', 'sum(case when "level" is not null then required_level end)') }} as decimal(9, 6)) as fit,
    max(gap) as largest_gap,
    string_agg(competency_id, ', ' order by competency_id) filter (where gap > 0) as gaps,
    string_agg(competency_id, ', ' order by competency_id) filter (where "level" is null) as not_assessed
from compared
group by assignment_id, metric_id, role, employee_id, position_id
