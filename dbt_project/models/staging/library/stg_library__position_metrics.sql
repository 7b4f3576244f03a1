{{ newest_version('library', 'position_metrics') }}
