{{ newest_version('operations', 'deployments') }}
