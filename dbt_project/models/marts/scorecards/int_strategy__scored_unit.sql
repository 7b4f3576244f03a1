{%- set fewest = var('score_min_people') -%}
with recursive placed as (
    select distinct
        p.*, a.org_unit_id as own_unit_id, c.distance, c.ancestor_type as group_type, c.ancestor_id as group_id
    from {{ ref('int_strategy__scored_person') }} as p
    inner join {{ ref('int_hr__employee_assignment') }} as a
        on p.employee_id = a.employee_id and a.valid_from <= p.last_day and p.last_day < a.valid_to
    inner join {{ ref('int_hr__org_closure') }} as c
        on a.org_unit_id = c.descendant_id and c.valid_from <= p.last_day and p.last_day < c.valid_to
),

sized as (
    select group_id, period_grain, period_start, count(distinct employee_id) as n
    from placed
    group by all
),

-- Each unit that a person is in, and the part of it that he is in.
chained as (
    select p.*, z.n, lag(p.group_id) over upward as part_id, coalesce(lag(z.n) over upward, 0) as part_n
    from placed as p
    inner join sized as z
        on p.group_id = z.group_id and p.period_grain = z.period_grain and p.period_start = z.period_start
    window upward as (partition by p.employee_id, p.period_grain, p.period_start, p.own_unit_id order by p.distance)
),

-- What is left of a unit without those of its parts that are large enough to be told, and the smallest of these.
taken_apart as (
    select
        group_id, period_grain, period_start, count(*) filter (where not is_in_part) as left_over,
        min_by(part_id, (part_n, part_id)) as smallest_part
    from (
        select
            group_id, period_grain, period_start, employee_id, bool_or(part_n >= {{ fewest }}) as is_in_part,
            min_by(part_id, (part_n, part_id)) filter (where part_n >= {{ fewest }}) as part_id,
            min(part_n) filter (where part_n >= {{ fewest }}) as part_n
        from chained
        group by all
    ) as members
    group by all
),

-- Where subtraction would tell of fewer people than that, the smallest part is withheld as well; and a part of it too, where
-- its parts would add up to it.
withheld as (
    select smallest_part as group_id, period_grain, period_start
    from taken_apart
    where smallest_part is not null and left_over between 1 and {{ fewest }} - 1
    union
    select t.smallest_part as group_id, t.period_grain, t.period_start
    from withheld as w
    inner join taken_apart as t
        on w.group_id = t.group_id and w.period_grain = t.period_grain and w.period_start = t.period_start
    where t.smallest_part is not null and t.left_over = 0
)

select
    c.group_type, c.group_id, c.period_grain, c.period_start, c.period_end, c.employee_id, c.score, c.state, c.n as people,
    w.group_id is not null as is_withheld
from chained as c
left join withheld as w
    on c.group_id = w.group_id and c.period_grain = w.period_grain and c.period_start = w.period_start
qualify row_number() over (
    partition by c.group_type, c.group_id, c.period_grain, c.period_start, c.employee_id order by c.own_unit_id asc
) = 1
