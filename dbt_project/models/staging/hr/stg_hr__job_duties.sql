{{ newest_version('hr', 'job_duties') }}
