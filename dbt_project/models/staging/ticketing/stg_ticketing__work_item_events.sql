{{ newest_version('ticketing', 'work_item_events') }}
