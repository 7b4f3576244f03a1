{{ newest_version('hr', 'absences') }}
