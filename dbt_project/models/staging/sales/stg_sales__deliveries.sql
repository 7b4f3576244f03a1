{{ newest_version('sales', 'deliveries') }}
