select from_type, from_id, to_type, to_id, kind, detail
from {{ source('library', 'lineage') }}
union
select 'goal' as from_type, parent_goal_id as from_id, 'goal' as to_type, child_goal_id as to_id, kind, rationale as detail
from {{ ref('stg_library__cascade_edges') }}
union
select
    'goal' as from_type, goal_id as from_id, 'metric' as to_type, metric_id as to_id, 'measured_by' as kind,
    score_role as detail
from {{ ref('stg_library__goal_metrics') }}
union
select
    'metric' as from_type, metric_id as from_id, subject_type as to_type, subject_id as to_id, 'carried_by' as kind,
    role as detail
from {{ ref('stg_library__metric_assignments') }}
union
select
    'position' as from_type, h.position_id as from_id, 'employee' as to_type, h.employee_id as to_id, 'held_by' as kind,
    cast(h.fte_share as varchar) as detail
from {{ ref('int_hr__employee_assignment') }} as h
cross join {{ source('library', 'run_context') }} as r
where h.valid_from <= r.as_of and h.valid_to > r.as_of
