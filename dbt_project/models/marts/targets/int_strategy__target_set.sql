select
    t.target_id, t.metric_id, t.subject_type, t.subject_id, t.period_grain, r.period_start, r.period_end, t.revision, t.kind,
    t.baseline, t.gate, t.commit, t.target, t.stretch, t.lower_bound, t.upper_bound, t.allocation_method, t.parent_target_id,
    least(r.period_end, {{ run_setting('as_of') }}) as judged_on
from {{ ref('int_strategy__target_revision') }} as r
inner join {{ ref('stg_library__targets') }} as t on r.target_id = t.target_id
where r.standing = 'in_force'
