{{ newest_version('hr', 'employee_positions') }}
