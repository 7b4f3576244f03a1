{{ newest_version('library', 'coaching_sessions') }}
