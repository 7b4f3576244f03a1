{{ newest_version('library', 'goals') }}
