{%- set tomorrow = "cast(" ~ run_setting("as_of") ~ " + 1 as date)" -%}
-- Shares are counted by calendar months, and by the days of a month that is held in part: half a year is half of it.
with targets as (
    select t.*, m.additivity = 'additive' as is_divided
    from {{ ref('int_strategy__target_set') }} as t
    inner join {{ source('library', 'metric') }} as m on t.metric_id = m.metric_id
    inner join {{ source('library', 'metric_level') }} as l on m.metric_id = l.metric_id and l.subject_type = 'employee'
    where t.subject_type = 'position'
),

slices as (
    select t.target_id, t.subject_id as position_id, d.month_start_on as slice_start, max(d.date_day) + 1 as slice_end
    from targets as t
    inner join {{ ref('dim_date') }} as d on d.date_day between t.period_start and t.period_end
    where t.period_grain in ('month', 'quarter', 'year')
    group by t.target_id, t.subject_id, d.month_start_on
    union all
    select target_id, subject_id as position_id, period_start as slice_start, period_end + 1 as slice_end
    from targets
    where period_grain in ('day', 'week')
),

held as (
    select
        s.target_id, h.employee_id,
        sum(cast(
            h.fte_share * (least(h.valid_to, s.slice_end) - greatest(h.valid_from, s.slice_start))
            / (s.slice_end - s.slice_start) as decimal(18, 10)
        )) as months_held,
        sum(cast(
            h.fte_share
            * greatest(least(h.valid_to, s.slice_end, {{ tomorrow }}) - greatest(h.valid_from, s.slice_start), 0)
            / (s.slice_end - s.slice_start) as decimal(18, 10)
        )) as months_until_now,
        min(h.valid_from) as held_from, max(h.valid_to) as held_to
    from slices as s
    inner join {{ ref('int_hr__employee_assignment') }} as h
        on s.position_id = h.position_id and h.valid_from < s.slice_end and s.slice_start < h.valid_to
    group by s.target_id, h.employee_id
),

planned as (
    select t.target_id, max(p.headcount_plan) as headcount_plan
    from targets as t
    inner join {{ ref('int_hr__position_version') }} as p
        on t.subject_id = p.position_id and p.valid_from <= t.period_end and t.period_start < p.valid_to
    group by t.target_id
),

-- A place that nobody holds keeps its part; places that HR does not plan are those that were held, one at least.
placed as (
    select
        held.*,
        held.months_held / length.slices as held_share,
        sum(held.months_held) over (partition by held.target_id order by held.employee_id) as months_up_to,
        greatest(
            sum(held.months_held) over (partition by held.target_id),
            length.slices * coalesce(planned.headcount_plan, 1)
        ) as months_in_all
    from held
    inner join (select target_id, count(*) as slices from slices group by target_id) as length
        on held.target_id = length.target_id
    left join planned on held.target_id = planned.target_id
    where held.months_held > 0
)

select
    t.target_id, t.metric_id, p.employee_id, t.period_grain, t.period_start, t.is_divided,
    cast(p.held_share as decimal(18, 10)) as held_share,
    -- Whoever has left owes the whole part, whoever joined late less of it: but for those, it is due as the year goes.
    case
        when p.held_from > t.period_start or p.held_to <= t.period_end
            then cast(p.months_until_now / p.months_held as decimal(12, 10))
    end as due_share,
    case
        when t.is_divided then cast((p.months_up_to - p.months_held) / p.months_in_all as decimal(12, 10))
        else 0
    end as part_from,
    case when t.is_divided then cast(p.months_up_to / p.months_in_all as decimal(12, 10)) else 1 end as part_to
from placed as p
inner join targets as t on p.target_id = t.target_id
