{{ newest_version('library', 'metric_assignments') }}
