"""Rows of a small company written as committed loads, in the landing's layout, without any source."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from ingestion.contract import Contract
from metric_library.compile import CompiledLibrary, RunContext
from orchestration.warehouse import calendar_start, library_schema

LANDED_AT = datetime(2026, 7, 1, 2, 30)
POLARS_TYPES = {
    "date": pl.Date, "timestamp": pl.Datetime("us"), "boolean": pl.Boolean, "integer": pl.Int64,
    "bigint": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class WrittenLoad:
    """A committed load, as far as the warehouse asks about it."""

    table: str
    sequence: int
    path: Path
    event_min: date | datetime | None


class WrittenLanding:
    """A landing whose loads the test wrote; `write` appends one load of one table."""

    def __init__(self, home: Path, contracts: Mapping[str, Contract]) -> None:
        self.folder = home / "landing"
        self.contracts = contracts
        self.written: list[WrittenLoad] = []

    def loads(self, table: str | None = None) -> list[WrittenLoad]:
        return [load for load in self.written if table in (None, load.table)]

    def current_paths(self, table: str) -> list[Path]:
        return [load.path for load in self.loads(table)]

    def write(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Land rows: absent contract columns are NULL; `_is_deleted` marks a deletion."""
        contract = self.contracts[table]
        sequence = len(self.loads(table)) + 1
        load_id = hashlib.sha256(f"{table} {sequence}".encode()).hexdigest()[:16]
        schema = contract.polars_schema()
        frame = pl.DataFrame(
            [{column: row.get(column) for column in schema} for row in rows], schema=schema, strict=False
        ).with_columns(
            pl.lit(load_id).alias("_load_id"),
            pl.lit(sequence, pl.Int32).alias("_sequence"),
            pl.lit("test").alias("_source"),
            pl.lit(f"{table}.csv").alias("_source_file"),
            pl.Series("_source_row", range(2, len(rows) + 2), dtype=pl.Int64),
            pl.lit(load_id).alias("_row_hash"),
            pl.lit(LANDED_AT).alias("_loaded_at"),
            pl.Series("_is_deleted", [row.get("_is_deleted", False) for row in rows], dtype=pl.Boolean),
        )
        path = self.folder / contract.domain / contract.name / f"load={load_id}" / "rows.parquet"
        path.parent.mkdir(parents=True)
        frame.write_parquet(path)
        event_min = frame[contract.event_time].min() if contract.event_time else None
        self.written.append(WrittenLoad(table, sequence, path, event_min))


def empty_library(landing: WrittenLanding, as_of: date, time_zone: str) -> tuple[CompiledLibrary, RunContext]:
    """A compiled library without metrics, and the context of one night."""
    start = calendar_start(landing, landing.contracts, time_zone, as_of)
    tables = {
        name: pl.DataFrame(schema={c: POLARS_TYPES.get(kind, pl.String) for c, kind in columns.items()})
        for name, columns in library_schema().items()
        if name != "calendar_day"
    }
    context = {
        "as_of": as_of, "time_zone": time_zone, "currency": "CNY", "calendar_start": start,
        "build_identity": "test", "recompute_from": None, "recompute_until": None, "batch_records": 1_000_000,
        "company_name": "Test company", "company_name_zh": "测试公司",
    }  # fmt: skip
    tables["run_context"] = pl.DataFrame([context])
    return CompiledLibrary(tables, {}), RunContext("test", as_of, LANDED_AT, "test", start)
