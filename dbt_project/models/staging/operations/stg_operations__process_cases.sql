{{ newest_version('operations', 'process_cases') }}
