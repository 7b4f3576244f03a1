{{ newest_version('sales', 'invoices') }}
