{{ newest_version('ticketing', 'work_items') }}
