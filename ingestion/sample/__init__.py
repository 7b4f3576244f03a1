"""The sample company: Qingmu Instruments (青木仪器), a made-up maker of measuring instruments.

`write_sample` writes three years of exports of its HR, payroll, CRM, ERP, bank, ticket, development and
ledger systems, in the shapes that such systems have and with the flaws that their records have;
`append_day` adds one more day. The same seed always gives the same bytes.
"""

from ingestion.sample.generate import SampleError, SampleSummary, append_day, write_sample

__all__ = ["SampleError", "SampleSummary", "append_day", "write_sample"]
