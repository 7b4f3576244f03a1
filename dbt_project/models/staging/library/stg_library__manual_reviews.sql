{{ newest_version('library', 'manual_reviews') }}
