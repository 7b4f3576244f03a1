{{ newest_version('library', 'incentive_rules') }}
