{{ newest_version('hr', 'competencies') }}
