{{ batches_of_months(touched_records_by_month(ref('metric_day_fingerprint'))) }}
