{{ newest_version('hr', 'training_records') }}
