{{ newest_version('ticketing', 'ticket_events') }}
