{{ newest_version('sales', 'quotes') }}
