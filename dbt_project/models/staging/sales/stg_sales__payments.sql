{{ newest_version('sales', 'payments') }}
