{{ newest_version('library', 'metric_consultations') }}
