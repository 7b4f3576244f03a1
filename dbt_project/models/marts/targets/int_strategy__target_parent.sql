-- A target hangs below the one it names; else, for the same metric and period, below that of the nearest unit above it.
with targets as (
    select * from {{ ref('int_strategy__target_set') }}
),

units as (
    select t.target_id, t.metric_id, t.period_grain, t.period_start, t.judged_on, t.subject_id as org_unit_id, 0 as steps
    from targets as t
    where t.subject_type not in ('position', 'employee', 'reporting_line')
    union all
    select t.target_id, t.metric_id, t.period_grain, t.period_start, t.judged_on, p.org_unit_id, 1 as steps
    from targets as t
    inner join {{ ref('int_hr__position_version') }} as p
        on t.subject_id = p.position_id and t.judged_on >= p.valid_from and t.judged_on < p.valid_to
    where t.subject_type = 'position'
),

-- A person's main position comes before its unit.
positions as (
    select t.target_id, p.target_id as parent_target_id
    from targets as t
    inner join {{ ref('int_hr__employee_assignment') }} as h
        on t.subject_id = h.employee_id and h.is_primary and t.judged_on >= h.valid_from and t.judged_on < h.valid_to
    inner join targets as p
        on
            h.position_id = p.subject_id and p.subject_type = 'position' and t.metric_id = p.metric_id
            and t.period_grain = p.period_grain and t.period_start = p.period_start
    where t.subject_type = 'employee'
),

holders as (
    select t.target_id, t.metric_id, t.period_grain, t.period_start, t.judged_on, h.org_unit_id, 1 as steps
    from targets as t
    inner join {{ ref('int_hr__employee_assignment') }} as h
        on t.subject_id = h.employee_id and h.is_primary and t.judged_on >= h.valid_from and t.judged_on < h.valid_to
    where t.subject_type = 'employee' and h.org_unit_id is not null
),

-- A reporting line hangs below that of the next manager above who has a target, a person below the nearest of them.
lines as (
    select
        t.target_id, p.target_id as parent_target_id,
        row_number() over (partition by t.target_id order by l.distance asc, p.target_id asc) as nearness
    from targets as t
    inner join {{ ref('int_hr__reporting_line') }} as l
        on
            t.subject_id = l.employee_id and t.judged_on >= l.valid_from and t.judged_on < l.valid_to
            and (l.distance > 0 or t.subject_type = 'employee')
    inner join targets as p
        on
            l.manager_id = p.subject_id and p.subject_type = 'reporting_line' and t.metric_id = p.metric_id
            and t.period_grain = p.period_grain and t.period_start = p.period_start
    where t.subject_type in ('employee', 'reporting_line')
),

placed as (
    select * from units
    union all
    select * from holders
),

above as (
    select
        u.target_id, p.target_id as parent_target_id,
        row_number() over (partition by u.target_id order by c.distance asc, p.target_id asc) as nearness
    from placed as u
    inner join {{ ref('int_hr__org_closure') }} as c
        on
            u.org_unit_id = c.descendant_id and c.distance + u.steps > 0
            and u.judged_on >= c.valid_from and u.judged_on < c.valid_to
    inner join targets as p
        on
            c.ancestor_id = p.subject_id and p.subject_type not in ('position', 'employee', 'reporting_line')
            and u.metric_id = p.metric_id and u.period_grain = p.period_grain and u.period_start = p.period_start
)

select
    t.target_id,
    coalesce(
        named.target_id, positions.parent_target_id, lines.parent_target_id, above.parent_target_id
    ) as parent_target_id,
    case
        when named.target_id is not null then 'named'
        when positions.parent_target_id is not null then 'position'
        when lines.parent_target_id is not null then 'reporting_line'
        when above.parent_target_id is not null then 'organisation'
    end as parent_found_by
from targets as t
left join targets as named on t.parent_target_id = named.target_id and t.target_id <> named.target_id
left join positions on t.target_id = positions.target_id
left join lines on t.target_id = lines.target_id and lines.nearness = 1
left join above on t.target_id = above.target_id and above.nearness = 1
