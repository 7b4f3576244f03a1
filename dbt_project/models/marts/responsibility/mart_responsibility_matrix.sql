with tonight as (
    select as_of from {{ source('library', 'run_context') }}
),

assignments as (
    select a.*
    from {{ ref('stg_library__metric_assignments') }} as a
    cross join tonight
    where {{ open_from('a.valid_from') }} <= tonight.as_of and tonight.as_of < {{ open_to('a.valid_to') }}
),

-- A position's assignment is carried by whoever holds it; the position itself is named in the assignment.
carriers as (
    select
        c.assignment_id, c.subject_type, c.subject_id, c.share,
        min(c.valid_from) over (partition by c.assignment_id, c.subject_type, c.subject_id) as carried_since,
        c.valid_from, c.valid_to
    from {{ ref('int_strategy__carried_metric') }} as c
    where c.is_resolved or c.assigned_type <> 'position'
),

carried as (
    select c.*
    from carriers as c
    cross join tonight
    where c.valid_from <= tonight.as_of and tonight.as_of < c.valid_to
),

acknowledged as (
    select k.assignment_id, k.employee_id, k.metric_version, k.read_on, k.acknowledged_on
    from {{ ref('stg_library__assignment_acks') }} as k
    cross join tonight
    where k.acknowledged_on <= tonight.as_of
    qualify row_number() over (
        partition by k.assignment_id, k.employee_id order by k.acknowledged_on desc, k.metric_version desc
    ) = 1
),

matrix as (
    select
        a.*, c.subject_type as carrier_type, c.subject_id as carrier_id, c.share,
        {{ null_if_open_from('c.carried_since') }} as carried_since,
        m.version as current_version, k.metric_version as acknowledged_version, k.read_on, k.acknowledged_on,
        case
            when coalesce(c.subject_type, '') <> 'employee' then 'not_required'
            when a.role not in ('owner', 'collaborator') then 'not_required'
            when k.assignment_id is null then 'open'
            when k.metric_version <> m.version then 'older_version'
            else 'acknowledged'
        end as acknowledgement
    from assignments as a
    left join carried as c on a.assignment_id = c.assignment_id
    left join {{ source('library', 'metric') }} as m on a.metric_id = m.metric_id
    left join acknowledged as k on a.assignment_id = k.assignment_id and c.subject_id = k.employee_id
)

select
    assignment_id, metric_id, goal_id, role, scope_org_unit_id, subject_type as assigned_type, subject_id as assigned_id,
    carrier_type, carrier_id, carrier_id is null as is_vacant, share, weight, effort_pct, decision_basis, due_on,
    valid_from, valid_to, carried_since, current_version, acknowledged_version, read_on, acknowledged_on, acknowledgement,
    case when acknowledgement = 'open' then date_diff('day', greatest(carried_since, valid_from), {{ run_setting('as_of') }}) end
        as days_open
from matrix
