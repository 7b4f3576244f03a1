{{ newest_version('operations', 'internal_ratings') }}
