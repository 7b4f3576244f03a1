"""The DuckDB file of a published night: every mart as a table.

It begins as a copy of the file published before. Of a mart that is partitioned, only the months whose rows
differ are replaced. What the manifest says of the copy counts where the file is still the one that it names;
else the copy is read. Nothing is taken on trust.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from publishing.files import sha256_of
from publishing.marts import MARTS_SCHEMA, ExportedNight, Mart, Partitions

DATABASE_FILE = "goldthread.duckdb"
WAREHOUSE = "warehouse"  # the night's warehouse, as the file calls it
ROWS_SORTED_AT_ONCE = 5_000_000


def begin_database(
    folder: Path, before: ExportedNight | None, marts: Iterable[Mart], *, limits: Mapping[str, Any]
) -> dict[str, Partitions]:
    """Let the file in `folder` begin with the one published `before`, of which only these marts are kept;
    returns what it holds of each. A file that cannot be read is no beginning.
    """
    file = folder / DATABASE_FILE
    file.unlink(missing_ok=True)
    if before is None or not (before.folder / DATABASE_FILE).exists():
        return {}
    shutil.copyfile(before.folder / DATABASE_FILE, file)
    told = before.database
    is_as_told = told is not None and sha256_of(file) == told.sha256
    try:
        with duckdb.connect(str(file), config=dict(limits)) as connection:
            kept = _keep(connection, {mart.name: mart for mart in marts})
            return {
                mart.name: told.held[mart.name] if is_as_told else partitions_of(connection, mart)
                for mart in kept
            }
    except duckdb.Error:
        file.unlink()
        return {}


@contextmanager
def open_database(
    folder: Path, warehouse: Path, *, limits: Mapping[str, Any]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file in `folder`, open for writing, with the night's warehouse beside it."""
    with duckdb.connect(str(folder / DATABASE_FILE), config=dict(limits)) as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {MARTS_SCHEMA}")
        connection.execute(f"ATTACH {sql_text(warehouse)} AS {WAREHOUSE} (READ_ONLY)")
        yield connection


def built_relations(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """Schema and name of all that the night's warehouse holds."""
    rows = connection.execute(
        f"SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = '{WAREHOUSE}'"
    ).fetchall()
    return {(schema, name) for schema, name in rows}


def bring_up_to_date(
    connection: duckdb.DuckDBPyConnection, mart: Mart, held: Partitions
) -> tuple[Partitions, Partitions]:
    """Let the table of a mart, of which the file holds these partitions, have the rows of the warehouse.
    Returns the partitions that it had, none if its columns were others, and those that it has now.
    """
    table, source = table_of(mart.name), f'{WAREHOUSE}."{mart.schema}"."{mart.name}"'
    tonight = _partitions(connection, source, mart)
    if held and _columns(connection, table) != _columns(connection, source):
        held = {}
    stale = [month for month in [*tonight, *(held.keys() - tonight)] if tonight.get(month) != held.get(month)]
    if held.keys() <= set(stale):
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS FROM {source} WHERE false")
    else:
        for month in stale:
            connection.execute(f"DELETE FROM {table} WHERE {_of_months(mart, [month])}")
    for months in _sorted_at_once({month: tonight[month] for month in stale if month in tonight}):
        chosen = f"FROM {source} WHERE {_of_months(mart, months)}"
        connection.execute(f"INSERT INTO {table} {chosen} ORDER BY {_order(mart)}")
    return held, tonight


def partitions_of(connection: duckdb.DuckDBPyConnection, mart: Mart) -> Partitions:
    """What the file holds of a mart."""
    return _partitions(connection, table_of(mart.name), mart)


def rows_of_month(mart: Mart, month: date | None) -> str:
    """A query for the rows of one partition of a mart's table as they were inserted, which is in order."""
    return f"FROM {table_of(mart.name)} WHERE {_of_months(mart, [month])}"


def table_of(name: str) -> str:
    """The table of a mart, as a query names it."""
    return f'{MARTS_SCHEMA}."{name}"'


def sql_text(path: Path) -> str:
    """A path as DuckDB reads it in a query."""
    return "'" + str(path).replace("'", "''") + "'"


def _keep(connection: duckdb.DuckDBPyConnection, marts: Mapping[str, Mart]) -> list[Mart]:
    """Drop the tables of all other marts; those that are left."""
    held = connection.execute(
        f"SELECT table_name FROM duckdb_tables() WHERE schema_name = '{MARTS_SCHEMA}' ORDER BY 1"
    ).fetchall()
    for (name,) in held:
        if name not in marts:
            connection.execute(f"DROP TABLE {table_of(name)}")
    return [marts[name] for (name,) in held if name in marts]


def _partitions(connection: duckdb.DuckDBPyConnection, relation: str, mart: Mart) -> Partitions:
    # A row's hash is hashed once more: by itself it would let two rows exchange a value unseen too easily.
    rows = connection.execute(
        f"SELECT {_month(mart)} AS month, count(*), sum(hash(hash(*COLUMNS(*)))) "
        f"FROM {relation} GROUP BY month ORDER BY month NULLS FIRST"
    ).fetchall()
    return {month: (count, told) for month, count, told in rows}


def _month(mart: Mart) -> str:
    """The first day of the month of a row's partition."""
    column = f'"{mart.partitioned_by}"' if mart.partitioned_by else "NULL::DATE"
    return f"date_trunc('month', {column})::DATE"


def _of_months(mart: Mart, months: Sequence[date | None]) -> str:
    """A condition for the rows of these months; bounds let DuckDB skip what lies outside of them."""
    if mart.partitioned_by is None:
        return "true"
    days = sorted(month for month in months if month is not None)
    conditions = [f'"{mart.partitioned_by}" IS NULL'] if None in months else []
    if days:
        listed = ", ".join(f"DATE '{day}'" for day in days)
        conditions.append(
            f"\"{mart.partitioned_by}\" BETWEEN DATE '{days[0]}' AND last_day(DATE '{days[-1]}') "
            f"AND {_month(mart)} IN ({listed})"
        )
    return " OR ".join(conditions)


def _order(mart: Mart) -> str:
    grain = ", ".join(f'"{column}" NULLS FIRST' for column in mart.grain) or "COLUMNS(*) NULLS FIRST"
    return f"{_month(mart)} NULLS FIRST, {grain}" if mart.partitioned_by else grain


def _sorted_at_once(partitions: Partitions) -> Iterator[list[date | None]]:
    """Partitions that follow each other and are put in order together, so that memory holds no more."""
    months: list[date | None] = []
    rows = 0
    for month, (count, _) in partitions.items():
        if months and rows + count > ROWS_SORTED_AT_ONCE:
            yield months
            months, rows = [], 0
        months.append(month)
        rows += count
    if months:
        yield months


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> list[tuple[str, str]]:
    return [row[:2] for row in connection.execute(f"DESCRIBE {relation}").fetchall()]
