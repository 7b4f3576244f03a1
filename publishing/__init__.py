"""What readers get: sorted Parquet, a chained manifest, one atomic switch, and read-only access to it."""
