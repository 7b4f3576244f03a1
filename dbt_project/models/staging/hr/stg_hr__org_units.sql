{{ newest_version('hr', 'org_units') }}
