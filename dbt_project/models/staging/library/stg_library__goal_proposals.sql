{{ newest_version('library', 'goal_proposals') }}
