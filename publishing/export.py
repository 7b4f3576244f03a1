"""Published marts as files: a DuckDB file with all of them, each sorted by its grain, and one Parquet file of
each.

The same rows give the same bytes, whatever order and however many threads they were computed with, so a
SHA-256 says whether two nights published the same figures.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

MARTS_SCHEMA = "marts"
PUBLISHED_TAG = "published"
DATABASE_FILE = "goldthread.duckdb"
WAREHOUSE, PUBLISHED = "warehouse", Path(DATABASE_FILE).stem  # the files, as DuckDB calls them
ROWS_SORTED_AT_ONCE = 5_000_000


@dataclass(frozen=True)
class Mart:
    """A dbt model that readers see. Without a grain its rows are sorted by every column, left to right."""

    name: str
    schema: str
    grain: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class ExportedMart:
    """A mart as published: file (relative to the run's folder), rows, and the SHA-256 of the file."""

    name: str
    file: str
    rows: int
    sha256: str
    grain: tuple[str, ...] = ()
    carried_from: str | None = None


def published_marts(dbt_manifest: Mapping[str, Any]) -> list[Mart]:
    """The marts that a dbt manifest declares: models in schema `marts`, or tagged `published`; by name."""
    marts = []
    for node in dbt_manifest["nodes"].values():
        if node["resource_type"] != "model" or not node["config"].get("enabled", True):
            continue
        if node["config"].get("materialized") == "ephemeral":
            continue
        if node["schema"] == MARTS_SCHEMA or PUBLISHED_TAG in node.get("tags", []):
            grain = tuple((node["config"].get("meta") or {}).get("grain", ()))
            marts.append(Mart(node["alias"], node["schema"], grain, node.get("description", "")))
    return sorted(marts, key=lambda mart: mart.name)


def export_marts(
    warehouse: Path, marts: Iterable[Mart], folder: Path, *, limits: Mapping[str, Any]
) -> list[ExportedMart]:
    """Publish every mart that is in the warehouse, and skip the missing: as a table of `folder`'s database
    file, and as `folder`/marts/<name>.parquet. `limits` are DuckDB's settings of memory and threads.

    Rows are put in order once, on their way into the table; the file is that table as it stands.
    """
    target = folder / "marts"
    target.mkdir(parents=True, exist_ok=True)
    with _database(folder, limits) as connection:
        connection.execute(f"ATTACH {sql_text(warehouse)} AS {WAREHOUSE} (READ_ONLY)")
        present = _relations(connection, WAREHOUSE)
        return [_export(connection, mart, target) for mart in marts if (mart.schema, mart.name) in present]


def carry_mart(published: ExportedMart, source: Path, folder: Path, *, run_id: str) -> ExportedMart:
    """Publish an earlier run's file again, for a mart that could not be built tonight."""
    target = folder / published.file
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes((source / published.file).read_bytes())
    return ExportedMart(
        published.name,
        published.file,
        published.rows,
        published.sha256,
        published.grain,
        published.carried_from or run_id,
    )


def repeat_mart(published: ExportedMart, source: Path, folder: Path) -> ExportedMart | None:
    """Publish an earlier run's file again, for a mart whose rows are the same tonight; None where the file is
    not what was published.
    """
    repeated = carry_mart(published, source, folder, run_id="")
    if sha256_of(folder / published.file) != published.sha256:
        return None
    return dataclasses.replace(repeated, carried_from=None)


def begin_database(folder: Path, before: Path, unchanged: Collection[str]) -> None:
    """Let the database file of `folder` begin as a copy of the one published `before`, of which the
    `unchanged` marts are kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(before, folder / DATABASE_FILE)
    with _database(folder, {}) as connection:
        for _, name in sorted(_relations(connection, PUBLISHED)):
            if name not in unchanged:
                connection.execute(f'DROP TABLE {MARTS_SCHEMA}."{name}"')


def complete_database(folder: Path, published: Iterable[ExportedMart], *, limits: Mapping[str, Any]) -> Path:
    """Add the published marts that the database file of `folder` does not hold yet, from their Parquet."""
    with _database(folder, limits) as connection:
        held = {name for _, name in _relations(connection, PUBLISHED)}
        for mart in (mart for mart in published if mart.name not in held):
            rows = f"SELECT * FROM read_parquet({sql_text(folder / mart.file)})"
            connection.execute(f'CREATE TABLE {MARTS_SCHEMA}."{mart.name}" AS {rows}')
    return folder / DATABASE_FILE


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _database(folder: Path, limits: Mapping[str, Any]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database file of a night's published folder, open for writing, with its schema."""
    with duckdb.connect(str(folder / DATABASE_FILE), config=dict(limits)) as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {MARTS_SCHEMA}")
        yield connection


def _relations(connection: duckdb.DuckDBPyConnection, database: str) -> set[tuple[str, str]]:
    rows = connection.execute(
        f"SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = '{database}'"
    ).fetchall()
    return {(schema, name) for schema, name in rows}


def _export(connection: duckdb.DuckDBPyConnection, mart: Mart, target: Path) -> ExportedMart:
    table, path = f'{MARTS_SCHEMA}."{mart.name}"', target / f"{mart.name}.parquet"
    source = f'{WAREHOUSE}."{mart.schema}"."{mart.name}"'
    order = ", ".join(f'"{column}" NULLS FIRST' for column in mart.grain) or "ALL NULLS FIRST"
    connection.execute(f"CREATE OR REPLACE TABLE {table} AS FROM {source} WHERE false")
    for condition in _pieces(connection, source, mart.grain):
        connection.execute(f"INSERT INTO {table} FROM {source} WHERE {condition} ORDER BY {order}")
    settings = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880"
    connection.execute(f"COPY {table} TO {sql_text(path)} ({settings})")
    [(rows,)] = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    return ExportedMart(mart.name, f"marts/{path.name}", rows, sha256_of(path), mart.grain)


def _pieces(connection: duckdb.DuckDBPyConnection, source: str, grain: Sequence[str]) -> Iterator[str]:
    """Conditions that take a relation apart into pieces, which are put in order one after the other: values
    of its first column stay together, and memory holds one piece.
    """
    [(rows,)] = connection.execute(f"SELECT count(*) FROM {source}").fetchall()
    if not grain or rows <= ROWS_SORTED_AT_ONCE:
        yield "true"
        return
    column = f'"{grain[0]}"'
    pieces = connection.execute(f"""
        SELECT min(value), max(value), count(*) > count(value) FROM (
            SELECT value, sum(n) OVER (ORDER BY value NULLS FIRST) - n AS rows_before
            FROM (SELECT {column} AS value, count(*) AS n FROM {source} GROUP BY ALL)
        ) GROUP BY floor(rows_before / {ROWS_SORTED_AT_ONCE}) ORDER BY 1 NULLS FIRST
    """).fetchall()
    for first, last, holds_null in pieces:
        chosen = [f"{column} IS NULL"] if holds_null else []
        if last is not None:
            connection.execute("SET VARIABLE first_value = $value", {"value": first})
            connection.execute("SET VARIABLE last_value = $value", {"value": last})
            chosen.append(f"{column} BETWEEN getvariable('first_value') AND getvariable('last_value')")
        yield " OR ".join(chosen)


def sql_text(path: Path) -> str:
    """A path as DuckDB reads it in a query."""
    return "'" + str(path).replace("'", "''") + "'"
