{{ newest_version('ticketing', 'tickets') }}
