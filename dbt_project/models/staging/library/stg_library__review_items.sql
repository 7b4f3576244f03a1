{{ newest_version('library', 'review_items') }}
