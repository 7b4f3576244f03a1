{{ newest_version('library', 'cascade_edges') }}
