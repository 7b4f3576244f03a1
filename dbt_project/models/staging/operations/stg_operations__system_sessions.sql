{{ newest_version('operations', 'system_sessions') }}
