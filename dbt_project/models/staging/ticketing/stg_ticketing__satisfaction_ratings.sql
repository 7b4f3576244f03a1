{{ newest_version('ticketing', 'satisfaction_ratings') }}
