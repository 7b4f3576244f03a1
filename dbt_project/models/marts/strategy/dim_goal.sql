select
    goal_id, kind, level, perspective, title, title_zh, hypothesis, hypothesis_zh, ambition,
    org_unit_id, sponsor_position_id, owner_position_id, cycle, period_start_on, period_end_on, lifecycle_state
from {{ ref('stg_library__goals') }}
