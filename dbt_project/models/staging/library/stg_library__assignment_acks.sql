{{ newest_version('library', 'assignment_acks') }}
