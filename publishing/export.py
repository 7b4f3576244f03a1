"""Published marts as files: one DuckDB file with all of them, and one Parquet file of each, in order.

The same rows give the same bytes, whatever order and however many threads they were computed with, and
whatever was published before, so a SHA-256 says whether two nights published the same figures.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from publishing.database import (
    DATABASE_FILE,
    begin_database,
    bring_up_to_date,
    built_relations,
    open_database,
    partitions_of,
    rows_of_month,
    sql_text,
    table_of,
)
from publishing.files import sha256_of
from publishing.marts import ExportedDatabase, ExportedMart, ExportedNight, Mart, Partitions
from publishing.parquet import Piece, join, pieces, whole

PARQUET = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880"


@dataclass(frozen=True)
class _Table:
    """A mart as the database file held it when the night began, and as it holds it now."""

    mart: Mart
    held: Partitions
    partitions: Partitions

    @property
    def rows(self) -> int:
        return sum(rows for rows, _ in self.partitions.values())

    @property
    def unchanged(self) -> set[date | None]:
        return {month for month, held in self.held.items() if self.partitions.get(month) == held}


def export_marts(
    warehouse: Path,
    marts: Iterable[Mart],
    folder: Path,
    *,
    limits: Mapping[str, Any],
    before: ExportedNight | None = None,
) -> ExportedNight:
    """Publish every mart: as a table of the database file in `folder`, and as marts/<name>.parquet. One that
    the warehouse lacks is published as it was `before`, or else left out. `limits` are DuckDB's settings of
    memory and threads. The folder bears the name of the run.
    """
    (folder / "marts").mkdir(parents=True, exist_ok=True)
    marts = sorted(marts, key=lambda mart: mart.name)
    kept = [mart for mart in marts if _is_in_the_same_order(mart, before)]
    began_with = begin_database(folder, before, kept, limits=limits)
    with open_database(folder, warehouse, limits=limits) as connection:
        present = built_relations(connection)
        built = [mart for mart in marts if (mart.schema, mart.name) in present]
        tables = [
            _Table(mart, *bring_up_to_date(connection, mart, began_with.get(mart.name, {}))) for mart in built
        ]
        lacking = [
            mart for mart in marts if mart not in built and before is not None and mart.name in before.marts
        ]
        carried = [_carry(connection, mart.name, folder, before) for mart in lacking]
        held = {table.mart.name: table.partitions for table in tables}
        held |= {mart.name: partitions_of(connection, mart) for mart in lacking}
        exported = sorted([*_files(connection, tables, folder, before), *carried], key=lambda mart: mart.name)
    database = ExportedDatabase(DATABASE_FILE, sha256_of(folder / DATABASE_FILE), held)
    return ExportedNight(folder.name, folder, {mart.name: mart for mart in exported}, database)


def _is_in_the_same_order(mart: Mart, before: ExportedNight | None) -> bool:
    published = before.marts.get(mart.name) if before else None
    order = (mart.grain, mart.partitioned_by)
    return published is not None and (published.grain, published.partitioned_by) == order


def _files(
    connection: duckdb.DuckDBPyConnection, tables: list[_Table], folder: Path, before: ExportedNight | None
) -> list[ExportedMart]:
    """The Parquet file of every table, several at a time: each is written by one thread, for one thread alone
    cuts the same rows into the same row groups whatever way the table came about.
    """
    [(threads,)] = connection.execute("SELECT current_setting('threads')").fetchall()
    connection.execute("SET threads = 1")
    longest_first = sorted(tables, key=lambda table: -table.rows)
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda table: _file(connection.cursor(), table, folder, before), longest_first))


def _file(
    connection: duckdb.DuckDBPyConnection, table: _Table, folder: Path, before: ExportedNight | None
) -> ExportedMart:
    """The file of a mart, month by month: those that are the same are taken over from the file before."""
    mart, file = table.mart, f"marts/{table.mart.name}.parquet"
    with TemporaryDirectory(dir=folder) as written:
        empty = _written(connection, f"FROM {table_of(mart.name)} LIMIT 0", Path(written) / "empty.parquet")
        parts = _kept(table, before, empty) if before else {}
        for number, month in enumerate(table.partitions):
            if month not in parts:
                rows = rows_of_month(mart, month)
                parts[month] = _written(connection, rows, Path(written) / f"{number}.parquet")
        sha256 = join([parts[month] for month in table.partitions] or [empty], folder / file)
    return ExportedMart(mart.name, file, table.rows, sha256, mart.grain, mart.partitioned_by)


def _written(connection: duckdb.DuckDBPyConnection, rows: str, file: Path) -> Piece:
    connection.execute(f"COPY ({rows}) TO {sql_text(file)} ({PARQUET})")
    return whole(file)


def _kept(table: _Table, before: ExportedNight, empty: Piece) -> dict[date | None, Piece]:
    """The pieces of the file before that are the same tonight; none of a file that was changed since, or that
    was not written month by month and just as the `empty` one tonight.
    """
    published, unchanged = before.marts.get(table.mart.name), table.unchanged
    if not unchanged or published is None:
        return {}
    file = before.folder / published.file
    if not file.exists() or sha256_of(file) != published.sha256:
        return {}
    try:
        cut = pieces(file, [rows for rows, _ in table.held.values()])
    except ValueError:
        return {}
    months = zip(table.held, cut, strict=True)
    return {month: piece for month, piece in months if month in unchanged and piece.head == empty.head}


def _carry(
    connection: duckdb.DuckDBPyConnection, name: str, folder: Path, before: ExportedNight
) -> ExportedMart:
    """An earlier night's file once more, for a mart that could not be built tonight."""
    published = before.marts[name]
    shutil.copyfile(before.folder / published.file, folder / published.file)
    rows = f"FROM read_parquet({sql_text(folder / published.file)})"
    connection.execute(f"CREATE OR REPLACE TABLE {table_of(name)} AS {rows}")
    return dataclasses.replace(published, carried_from=published.carried_from or before.run_id)
