select
    metric_id, label, name_zh, description, definition_zh, metric_type, additivity, perspective, metric_group,
    unit_kind, unit, direction, owner, steward, approver, status, formula_text, grains, levels, dimensions, lens, hardness,
    population, null_policy, zero_denominator, min_n, valid_min, valid_max, version, fingerprint, state, state_reason, file
from {{ source('library', 'metric') }}
