{{ newest_version('innovation', 'submissions') }}
