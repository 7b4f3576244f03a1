{{ newest_version('library', 'targets') }}
