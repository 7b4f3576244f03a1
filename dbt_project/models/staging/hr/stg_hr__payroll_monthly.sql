{{ newest_version('hr', 'payroll_monthly') }}
