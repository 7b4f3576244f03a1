select run_id, as_of, code_version, build_identity, profile, company_name, company_name_zh, time_zone, currency, started_at
from {{ source('library', 'run_info') }}
