{{ newest_version('operations', 'maintenance_orders') }}
