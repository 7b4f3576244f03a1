-- A leaver is counted on the last day of employment, when position and unit still hold.
select
    employee_id,
    employee_id as source_employee_id,
    cast(null as varchar) as org_unit_id,
    'hired' as event_type,
    started_on as event_on,
    cast(null as varchar) as leaving_reason,
    hired_employment_type as employment_type
from {{ ref('int_hr__employment') }}
where is_start_known

union all

select
    employee_id,
    employee_id as source_employee_id,
    cast(null as varchar) as org_unit_id,
    'left' as event_type,
    ended_on - 1 as event_on,
    leaving_reason,
    left_employment_type as employment_type
from {{ ref('int_hr__employment') }}
where ended_on < {{ end_of_time() }}
