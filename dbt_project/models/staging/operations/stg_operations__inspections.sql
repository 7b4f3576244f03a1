{{ newest_version('operations', 'inspections') }}
