{%- set fewest = var('score_min_people') -%}
with reports as (
    select
        p.*, l.manager_id as group_id,
        count(*) over (partition by l.manager_id, p.period_grain, p.period_start) as people
    from {{ ref('int_strategy__scored_person') }} as p
    inner join {{ ref('int_hr__reporting_line') }} as l
        on p.employee_id = l.employee_id and l.distance = 1 and l.valid_from <= p.last_day and p.last_day < l.valid_to
),

met as (
    select
        r.group_id, r.period_grain, r.period_start, u.group_id as unit_id, u.is_withheld,
        any_value(r.people) as people, any_value(u.people) as unit_people, count(*) as in_common
    from reports as r
    inner join {{ ref('int_strategy__scored_unit') }} as u
        on r.employee_id = u.employee_id and r.period_grain = u.period_grain and r.period_start = u.period_start
    where r.people >= {{ fewest }} and u.people >= {{ fewest }}
    group by all
),

-- Lines that are all of a unit but a few, such as the manager himself, would tell of those few; and of a unit that is withheld.
within_unit as (
    select
        *,
        unit_people - sum(people) over (partition by unit_id, period_grain, period_start) as left_over,
        row_number() over (partition by unit_id, period_grain, period_start order by people asc, group_id asc) as smallest
    from met
    where in_common = people
),

withheld as (
    select group_id, period_grain, period_start
    from within_unit
    where smallest = 1 and left_over < {{ fewest }} and (left_over > 0 or is_withheld)
    union
    -- As would a unit that is all of a line but a few.
    select group_id, period_grain, period_start
    from met
    where in_common = unit_people and not is_withheld and people - unit_people between 1 and {{ fewest }} - 1
)

select
    'manager' as group_type, r.group_id, r.period_grain, r.period_start, r.period_end, r.employee_id, r.score, r.state, r.people,
    w.group_id is not null as is_withheld
from reports as r
left join withheld as w
    on r.group_id = w.group_id and r.period_grain = w.period_grain and r.period_start = w.period_start
