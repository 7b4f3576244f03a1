{{ newest_version('hr', 'employees') }}
