"""Writing a load's rows into its workspace: those that landed, tombstones, those in quarantine."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ingestion.quarantine import ROW
from ingestion.readers.batch import SOURCE_ROW
from ingestion.spool import Spool
from ingestion.store import OWN_COLUMNS
from ingestion.task import Task
from ingestion.versions import ROW_HASH, row_hashes

# The fastest level costs a few per cent of space, a higher one half of the time that writing takes.
_PARQUET = {"compression": "zstd", "compression_level": 1}
_QUARANTINE_COLUMNS = ["_reason", "_detail", "_source_file", SOURCE_ROW, "_source_text"]


def landed_file(workspace: Path) -> Path:
    """Where a load's rows are written before they are committed."""
    return workspace / "landing" / "rows.parquet"


def write_landed(task: Task, workspace: Path, rows: Spool, keep: pl.Series) -> None:
    """The rows that land, in the order of the file: contract columns, then the landing's own."""
    own = _own_columns(task, pl.col(SOURCE_ROW), pl.col("_is_deleted"))
    landed = rows.scan().filter(pl.col(ROW).is_in(keep.implode())).select(*task.contract.columns, *own)
    landed.sink_parquet(landed_file(workspace), **_PARQUET)


def add_tombstones(task: Task, workspace: Path, present: pl.DataFrame) -> int:
    """Adds a deleted version of every record that the file should hold and does not; how many these are.

    A tombstone repeats the record as it was, so that it is newer than it by arrival and equal in all else.
    No row of the file says it: its `_source_row` is 0.
    """
    if task.answers_for is None:
        return 0
    contract, key = task.contract, list(task.contract.key)
    alive = task.landing.known_rows(contract).by_key.filter(~pl.col("_is_deleted"))
    gone = alive.filter(pl.col("_load_id").is_in(sorted(task.answers_for))).join(
        present, on=key, how="anti", nulls_equal=True
    )
    if not gone.height:
        return 0
    place = [ROW_HASH, "_load_id", SOURCE_ROW]
    landed = task.landing.landed_rows(contract, [*contract.columns, *OWN_COLUMNS])
    rows = landed.join(gone.select(place), on=place, how="semi").with_columns(_is_deleted=pl.lit(True))
    rows = rows.with_columns(row_hashes(rows, contract)).sort(key)
    rows = rows.select(*contract.columns, *_own_columns(task, pl.lit(0), pl.lit(True)))
    path = landed_file(workspace)
    pl.concat([pl.read_parquet(path), rows]).write_parquet(path, **_PARQUET)
    return rows.height


def _own_columns(task: Task, source_row: pl.Expr, deleted: pl.Expr) -> list[pl.Expr]:
    own = {
        "_load_id": pl.lit(task.load_id),
        "_sequence": pl.lit(task.row_sequence),
        "_source": pl.lit(task.file.source),
        "_source_file": pl.lit(task.file.name),
        "_source_row": source_row,
        ROW_HASH: pl.col(ROW_HASH),
        "_loaded_at": pl.lit(task.loaded_at),
        "_is_deleted": deleted,
    }
    return [own[name].cast(kind).alias(name) for name, kind in OWN_COLUMNS.items()]


def write_quarantine(task: Task, workspace: Path, rows: Spool) -> None:
    """The rows that stay out: the source's columns as text, then why and where."""
    if rows.is_empty:
        return
    scan = rows.scan().with_columns(_source_file=pl.lit(task.file.name))
    names = scan.collect_schema().names()
    if "_source_text" not in names:
        scan = scan.with_columns(_source_text=pl.lit(None, dtype=pl.String))
    source_columns = [name for name in names if name not in _QUARANTINE_COLUMNS]
    scan = scan.select(*source_columns, *_QUARANTINE_COLUMNS).sort(SOURCE_ROW, maintain_order=True)
    scan.sink_parquet(workspace / "quarantine" / "rows.parquet", **_PARQUET)
