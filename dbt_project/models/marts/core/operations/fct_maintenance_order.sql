select
    maintenance.maintenance_order_id,
    maintenance.equipment_id,
    maintenance.maintenance_kind,
    unit.org_unit_id,
    maintenance.employee_id as source_employee_id,
    maintenance.due_on,
    {{ local_date('maintenance.completed_at') }} as completed_on,
    maintenance.due_on <= {{ run_setting('as_of') }} as is_due,
    coalesce({{ local_date('maintenance.completed_at') }} <= maintenance.due_on, false) as is_on_time,
    {{ source_row('maintenance') }}
from {{ ref('stg_operations__maintenance_orders') }} as maintenance
left join {{ ref('int_hr__known_unit') }} as unit on maintenance.org_unit_id = unit.org_unit_id
