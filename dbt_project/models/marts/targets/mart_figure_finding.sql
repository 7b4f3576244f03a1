with found as (
    {% for rule in ['easy_target', 'implausible_target', 'uncoached_person'] -%}
    select * from {{ ref('int_strategy__' ~ rule) }}
    {{ 'union all by name' if not loop.last }}
    {% endfor %}
),

waivers as (
    select * from {{ ref('stg_library__waivers') }} where expires_on > {{ run_setting('as_of') }}
)

select
    f.rule_id, f.severity, f.object_type, f.object_id, f.metric_id, f.subject_type, f.subject_id, f.period_grain, f.period_start,
    f.file, cast(f.line as bigint) as line, f.message, f.message_zh,
    coalesce(one.approver, every.approver) as waived_by,
    coalesce(one.expires_on, every.expires_on) as waiver_expires_on
from found as f
left join waivers as one
    on f.rule_id = one.rule_id and f.object_type = one.object_type and f.object_id = one.object_id
left join waivers as every
    on f.rule_id = every.rule_id and f.object_type = every.object_type and every.object_id = '*'
