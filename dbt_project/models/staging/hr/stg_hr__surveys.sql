{{ newest_version('hr', 'surveys') }}
