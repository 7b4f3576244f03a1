select
    rule_id, severity, object_type, object_id, file, line, message, message_zh, first_seen_on, waived_by, waiver_expires_on
from {{ source('library', 'definition_finding') }}
