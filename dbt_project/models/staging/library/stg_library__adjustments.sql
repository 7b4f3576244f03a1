{{ newest_version('library', 'adjustments') }}
