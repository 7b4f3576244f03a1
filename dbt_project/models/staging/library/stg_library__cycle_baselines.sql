{{ newest_version('library', 'cycle_baselines') }}
