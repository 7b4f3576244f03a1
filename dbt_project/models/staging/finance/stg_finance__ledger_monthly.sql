{{ newest_version('finance', 'ledger_monthly') }}
