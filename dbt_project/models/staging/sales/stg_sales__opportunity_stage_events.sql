{{ newest_version('sales', 'opportunity_stage_events') }}
