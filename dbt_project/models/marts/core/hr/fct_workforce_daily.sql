-- An employed person without a position that day stays: headcount 1, FTE unknown, no unit.
-- Whose hire date HR does not know is counted only while a position is held.
select
    day.date_day as work_date,
    segment.employee_id,
    assignment.position_id,
    assignment.org_unit_id,
    cast(assignment.fte_share as decimal(9, 4)) as fte,
    case when coalesce(assignment.is_primary, true) then 1 else 0 end as headcount,
    coalesce(segment.employment_type = 'contractor', false) as is_contractor
from {{ ref('int_hr__employment_segment') }} as segment
left join {{ ref('int_hr__employee_assignment') }} as assignment
    on
        segment.employee_id = assignment.employee_id
        and segment.valid_from = assignment.valid_from
inner join {{ ref('dim_date') }} as day
    on
        day.is_past
        and segment.valid_from <= day.date_day
        and segment.valid_to > day.date_day
where segment.is_start_known or assignment.position_id is not null
