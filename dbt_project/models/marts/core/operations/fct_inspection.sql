select
    inspection.inspection_id,
    inspection.inspection_kind,
    inspection.product_id,
    person.employee_id,
    inspection.inspector_id as source_employee_id,
    unit.org_unit_id,
    {{ local_date('inspection.due_at') }} as due_on,
    {{ local_date('inspection.inspected_at') }} as inspected_on,
    coalesce(
        inspection.inspected_at is not null or {{ local_date('inspection.due_at') }} <= {{ run_setting('as_of') }}, false
    ) as is_due,
    inspection.inspected_at is not null as is_inspected,
    coalesce(inspection.inspected_at <= inspection.due_at, false) as is_on_time,
    case when inspection.inspected_at is not null and inspection.verdict is not null
        then inspection.verdict = 'accepted' end as is_accepted,
    inspection.units_inspected,
    inspection.units_defective,
    inspection.defects,
    inspection.units_inspected * inspection.opportunities_per_unit as opportunities,
    {{ source_row('inspection') }}
from {{ ref('stg_operations__inspections') }} as inspection
left join {{ ref('int_hr__known_employee') }} as person on inspection.inspector_id = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on inspection.org_unit_id = unit.org_unit_id
