{{ newest_version('sales', 'order_lines') }}
