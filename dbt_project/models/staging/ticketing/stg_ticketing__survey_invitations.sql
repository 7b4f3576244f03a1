{{ newest_version('ticketing', 'survey_invitations') }}
