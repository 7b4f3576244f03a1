{{ newest_version('hr', 'competency_assessments') }}
