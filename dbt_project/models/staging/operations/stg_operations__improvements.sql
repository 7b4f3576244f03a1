{{ newest_version('operations', 'improvements') }}
