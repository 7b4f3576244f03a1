{{ newest_version('sales', 'accounts') }}
