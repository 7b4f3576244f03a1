"""The files that the sample company's systems export, and how they are written.

CSV and JSON Lines grow: a new day is appended to the newest file. Parquet, JSON and XLSX are written anew
for their month, or as a whole where they are registers. Bytes depend on the rows alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import xlsxwriter

GROWING = ("csv", "jsonl")
WORKBOOK_DATE = datetime(2023, 7, 1, tzinfo=UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Export:
    """One kind of file: where it lies and how it is written; `period` is month, year or register."""

    path: str
    kind: str
    period: str
    separator: str = ","
    encoding: str = "utf-8"
    header: bool = True
    null: str = ""


EXPORTS = {
    "staff": Export("hris/staff_register.csv", "csv", "register", ";", "gb18030", null="-"),
    "assignments": Export("hris/assignments.csv", "csv", "register", ";"),
    "absences": Export("hris/absences_{year}.csv", "csv", "year"),
    "training": Export("hris/training_{year}.csv", "csv", "year", encoding="utf-8-sig"),
    "assessments": Export("hris/assessments_{year}.csv", "csv", "year"),
    "surveys": Export("hris/survey_{year}.tsv", "csv", "year", "\t", null="NA"),
    "payroll": Export("payroll/payroll_{year}{month}.csv", "csv", "month", encoding="utf-8-sig"),
    "working_time": Export("timesheets/working_time_{year}{month}.parquet", "parquet", "month"),
    "accounts": Export("crm/accounts.json", "json", "register"),
    "opportunities": Export("crm/opportunities_{year}.jsonl", "jsonl", "year"),
    "stage_events": Export("crm/stage_history_{year}.jsonl", "jsonl", "year"),
    "activities": Export("crm/activities_{year}.csv", "csv", "year"),
    "quotes": Export("crm/quotes_{year}.csv", "csv", "year", ";"),
    "quote_approvals": Export("crm/quote_approvals_{year}.csv", "csv", "year", ";"),
    "orders": Export("erp/orders_{year}{month}.csv", "csv", "month"),
    "order_lines": Export("erp/order_lines_{year}{month}.csv", "csv", "month"),
    "deliveries": Export("erp/deliveries_{year}{month}.csv", "csv", "month", "|"),
    "invoices": Export("erp/invoices_{year}.csv", "csv", "year"),
    "receipts": Export("bank/receipts_{year}.csv", "csv", "year", header=False),
    "tickets": Export("desk/tickets_{year}{month}.csv", "csv", "month"),
    "ticket_events": Export("desk/ticket_events_{year}{month}.jsonl", "jsonl", "month"),
    "ratings": Export("desk/ratings_{year}.csv", "csv", "year"),
    "sla_policies": Export("desk/sla_policies.csv", "csv", "register"),
    "invitations": Export("desk/invitations_{year}.csv", "csv", "year"),
    "process_cases": Export("workflow/cases_{year}.csv", "csv", "year"),
    "process_steps": Export("workflow/steps_{year}{month}.jsonl", "jsonl", "month"),
    "inspections": Export("quality/inspections_{year}.csv", "csv", "year", encoding="utf-8-sig"),
    "maintenance": Export("quality/maintenance_{year}.csv", "csv", "year", ";"),
    "improvements": Export("quality/improvements_{year}.csv", "csv", "year", ";"),
    "internal_ratings": Export("quality/ratings_{year}.csv", "csv", "year"),
    "deployments": Export("development/deployments_{year}.jsonl", "jsonl", "year"),
    "projects": Export("development/projects_{year}.csv", "csv", "year", ";"),
    "sessions": Export("systems/sessions_{year}{month}.csv", "csv", "month"),
    "work_items": Export("development/work_items_{year}{month}.json", "json", "month"),
    "submissions": Export("ideas/submissions_{year}.csv", "csv", "year", ";", null="-"),
    "ledger": Export("ledger/ledger_{year}.csv", "csv", "register", ";", "utf-8-sig"),
    "restatements": Export("ledger/restatements_{year}.csv", "csv", "year", ";"),
}
ORGANISATION_WORKBOOK = "hris/organisation.xlsx"


class ExportWriter:
    """Writes exports below a folder; `only_day` appends that one day to files that exist already."""

    def __init__(self, folder: Path, only_day: int | None = None) -> None:
        self.folder = folder
        self.only_day = only_day
        self.rows: dict[str, int] = {}
        self.files: dict[str, None] = {}

    def write(self, name: str, first: int, rows: pl.DataFrame) -> None:
        """Write the rows that the export named `name` holds for the month starting on the ordinal `first`."""
        export = EXPORTS[name]
        grows = export.kind in GROWING and export.period != "register"
        if grows and self.only_day is not None:
            rows = rows.filter(pl.col("_day") == self.only_day)
        rows = rows.sort("_day", maintain_order=True).drop("_day") if "_day" in rows.columns else rows
        month = date.fromordinal(first)
        relative = export.path.format(year=month.year, month=f"{month.month:02d}")
        path = self.folder / relative
        begun = relative in self.files or (self.only_day is not None and path.exists())
        if rows.is_empty() and (export.kind in GROWING or begun):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        append = grows and begun
        self.files[relative] = None
        self.rows[name] = self.rows.get(name, 0) + rows.height
        _WRITERS[export.kind](path, export, rows, append)

    def write_workbook(self, relative: str, sheets: dict[str, pl.DataFrame]) -> None:
        """Write an XLSX file with one sheet per frame."""
        path = self.folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        # The creation date is a property of the file: a fixed one keeps equal content equal in bytes.
        with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
            book.set_properties({"author": "HRIS", "created": WORKBOOK_DATE})
            for title, frame in sheets.items():
                sheet = book.add_worksheet(title)
                sheet.write_row(0, 0, frame.columns)
                for number, row in enumerate(frame.iter_rows(), start=1):
                    sheet.write_row(number, 0, row)
                self.rows[f"{relative}#{title}"] = frame.height
        self.files[relative] = None


def _write_csv(path: Path, export: Export, rows: pl.DataFrame, append: bool) -> None:
    text = rows.write_csv(
        separator=export.separator, include_header=export.header and not append, null_value=export.null
    )
    encoding = "utf-8" if append and export.encoding == "utf-8-sig" else export.encoding
    with path.open("ab" if append else "wb") as file:
        file.write(text.encode(encoding))


def _write_jsonl(path: Path, export: Export, rows: pl.DataFrame, append: bool) -> None:
    with path.open("ab" if append else "wb") as file:
        rows.write_ndjson(file)


def _write_json(path: Path, export: Export, rows: pl.DataFrame, append: bool) -> None:
    """A JSON document with its rows under `records`, as REST interfaces hand them out."""
    lines = rows.write_ndjson().strip().replace("\n", ",\n")
    path.write_text(f'{{"records": [\n{lines}\n]}}\n', encoding="utf-8")


def _write_parquet(path: Path, export: Export, rows: pl.DataFrame, append: bool) -> None:
    rows.write_parquet(path, compression="zstd", statistics=True)


_WRITERS: dict[str, Callable[[Path, Export, pl.DataFrame, bool], None]] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "json": _write_json,
    "parquet": _write_parquet,
}
