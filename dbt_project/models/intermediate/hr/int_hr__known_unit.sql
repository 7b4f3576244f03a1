select distinct org_unit_id from {{ ref('int_hr__org_unit_version') }}
