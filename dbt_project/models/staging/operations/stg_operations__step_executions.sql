{{ newest_version('operations', 'step_executions') }}
