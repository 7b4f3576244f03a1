{{ newest_version('library', 'reviews') }}
