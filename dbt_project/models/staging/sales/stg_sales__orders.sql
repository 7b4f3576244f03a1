{{ newest_version('sales', 'orders') }}
