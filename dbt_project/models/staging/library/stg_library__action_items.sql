{{ newest_version('library', 'action_items') }}
