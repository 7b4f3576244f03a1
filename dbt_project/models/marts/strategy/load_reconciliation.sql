select
    load_id, source, file, table_name as "table", rows_read, rows_landed, rows_quarantined, rows_duplicate, rows_deleted
from {{ source('library', 'load_reconciliation') }}
