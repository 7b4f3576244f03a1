{{ newest_version('sales', 'opportunities') }}
