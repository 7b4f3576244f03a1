{{ newest_version('hr', 'positions') }}
