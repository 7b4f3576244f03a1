{{ newest_version('ticketing', 'sla_policies') }}
