{{ newest_version('operations', 'projects') }}
