{{ newest_version('sales', 'quote_approvals') }}
