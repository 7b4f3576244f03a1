{{ ancestor_chain(ref('int_hr__org_unit_version'), 'org_unit_id', 'parent_id') }}
