{{ newest_version('library', 'waivers') }}
