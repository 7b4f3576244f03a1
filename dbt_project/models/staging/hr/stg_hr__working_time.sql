{{ newest_version('hr', 'working_time') }}
