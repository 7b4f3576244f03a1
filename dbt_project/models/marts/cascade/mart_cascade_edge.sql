select
    edge_id, kind, parent_goal_id, child_goal_id,
    parent_metric_id, parent_subject_type, parent_subject_id, child_metric_id, child_subject_type, child_subject_id,
    operation, operand, tolerance_share, expected_sign, share, allocation_method, rationale, rationale_zh,
    {{ null_if_open_from('valid_from') }} as valid_from,
    {{ null_if_open_to('valid_to') }} as valid_to,
    {{ is_valid_as_of() }} as is_current
from {{ ref('int_strategy__edge_figure') }}
