{{ newest_version('library', 'goal_metrics') }}
