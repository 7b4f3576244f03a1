select
    assignment_id, metric_id, goal_id, role, weight, effort_pct, scope_org_unit_id, assigned_type, assigned_id,
    subject_type, subject_id, share, is_resolved,
    {{ null_if_open_from('valid_from') }} as valid_from,
    {{ null_if_open_to('valid_to') }} as valid_to,
    {{ is_valid_as_of() }} as is_current
from {{ ref('int_strategy__carried_metric') }}
