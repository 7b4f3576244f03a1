{{ newest_version('sales', 'activities') }}
