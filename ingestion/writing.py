"""Writing a load's rows into its workspace: those that landed, tombstones, those in quarantine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

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


def write_landed(task: Task, workspace: Path, rows: pl.LazyFrame) -> None:
    """The rows that land, in the order of the file: contract columns, then the landing's own."""
    own = _own_columns(task, pl.col(SOURCE_ROW), pl.col("_is_deleted"))
    rows.select(*task.contract.columns, *own).sink_parquet(landed_file(workspace), **_PARQUET)


def add_tombstones(task: Task, workspace: Path, present: pl.LazyFrame) -> int:
    """Adds a deleted version of every record that the file should hold and does not; how many these are.

    `present` are the keys that the file holds. A tombstone repeats the record as it was, so that it is newer
    than it by arrival and equal in all else. No row of the file says it: its `_source_row` is 0.
    """
    if task.answers_for is None:
        return 0
    tombstones = Spool(workspace / "spool", "gone", task.landing.limits.spooled_bytes)
    for gone in _gone(task, present):
        rows = task.landing.whole_rows(task.contract, gone).with_columns(_is_deleted=pl.lit(True))
        rows = rows.with_columns(row_hashes(rows, task.contract)).sort(task.contract.key)
        own = _own_columns(task, pl.lit(0), pl.lit(True))
        tombstones.add(rows.select(*task.contract.columns, *own))
    if tombstones.height:
        path = landed_file(workspace)
        both = path.with_name("both.parquet")
        pl.concat([pl.scan_parquet(path, glob=False), tombstones.scan()]).sink_parquet(both, **_PARQUET)
        both.replace(path)
    return tombstones.height


def _gone(task: Task, present: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """The records that the file answers for and does not hold, some at a time."""
    key, landing = task.contract.key, task.landing
    for alive in landing.alive_rows(task.contract, task.answers_for):
        here = present.join(alive.lazy(), on=key, how="semi", nulls_equal=True).collect(engine="streaming")
        gone = alive.join(here, on=key, how="anti", nulls_equal=True).sort(key)
        yield from (part for part in gone.iter_slices(landing.limits.rows_at_once) if part.height)


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
    if not rows.height:
        return
    scan = rows.scan().with_columns(_source_file=pl.lit(task.file.name))
    if "_source_text" not in rows.schema:
        scan = scan.with_columns(_source_text=pl.lit(None, dtype=pl.String))
    source_columns = [name for name in rows.schema if name not in _QUARANTINE_COLUMNS]
    scan = scan.select(*source_columns, *_QUARANTINE_COLUMNS)
    scan.sink_parquet(workspace / "quarantine" / "rows.parquet", **_PARQUET)
