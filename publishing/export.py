"""Published marts as files: one Parquet file per mart, sorted by its grain, and a DuckDB file with all of
them.

The same rows give the same bytes, whatever order and however many threads they were computed with, so a
SHA-256 says whether two nights published the same figures.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

MARTS_SCHEMA = "marts"
PUBLISHED_TAG = "published"
DATABASE_FILE = "goldthread.duckdb"
# A fixed number, whatever the memory: where pieces end shows in the bytes of a file.
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
    """Write every mart that is in the warehouse to `folder`/marts/<name>.parquet; skip the missing. `limits`
    are DuckDB's settings of memory and threads.
    """
    target = folder / "marts"
    target.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(warehouse), read_only=True, config=dict(limits)) as connection:
        present = _relations(connection)
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


def write_database(
    folder: Path,
    exported: Iterable[ExportedMart],
    *,
    limits: Mapping[str, Any],
    before: Path | None = None,
    unchanged: Collection[str] = (),
) -> Path:
    """One DuckDB file with every published mart as a table of schema `marts`, read from its Parquet.

    It can begin as a copy of the file that was published `before`, in which some marts are `unchanged`.
    """
    path = folder / DATABASE_FILE
    path.unlink(missing_ok=True)
    if before is not None:
        shutil.copyfile(before, path)
    marts = {mart.name: mart for mart in exported}
    with duckdb.connect(str(path), config=dict(limits)) as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {MARTS_SCHEMA}")
        held = {name for schema, name in _relations(connection) if schema == MARTS_SCHEMA}
        for name in sorted(held - marts.keys()):
            connection.execute(f'DROP TABLE {MARTS_SCHEMA}."{name}"')
        for name in (name for name in marts if name not in held or name not in unchanged):
            rows = f"SELECT * FROM read_parquet({sql_text(folder / marts[name].file)})"
            connection.execute(f'CREATE OR REPLACE TABLE {MARTS_SCHEMA}."{name}" AS {rows}')
    return path


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _relations(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    rows = connection.execute("SELECT table_schema, table_name FROM information_schema.tables").fetchall()
    return {(schema, name) for schema, name in rows}


def _export(connection: duckdb.DuckDBPyConnection, mart: Mart, target: Path) -> ExportedMart:
    path = target / f"{mart.name}.parquet"
    relation = f'"{mart.schema}"."{mart.name}"'
    order = ", ".join(f'"{column}" NULLS FIRST' for column in mart.grain) or "ALL NULLS FIRST"
    found = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    rows = int(found[0]) if found else 0
    if mart.grain and rows > ROWS_SORTED_AT_ONCE:
        _copy_in_pieces(connection, relation, mart.grain[0], order, path)
    else:
        _copy(connection, f"SELECT * FROM {relation} ORDER BY {order}", path)
    return ExportedMart(mart.name, f"marts/{path.name}", rows, sha256_of(path), mart.grain)


def _copy_in_pieces(
    connection: duckdb.DuckDBPyConnection, relation: str, first_column: str, order: str, path: Path
) -> None:
    """A large mart is sorted piece by piece, values of its first column together, and the pieces follow one
    another: memory holds one piece.
    """
    column = f'"{first_column}"'
    pieces = connection.execute(f"""
        SELECT min(value), max(value), count(*) > count(value) FROM (
            SELECT value, sum(n) OVER (ORDER BY value NULLS FIRST) - n AS rows_before
            FROM (SELECT {column} AS value, count(*) AS n FROM {relation} GROUP BY ALL)
        ) GROUP BY floor(rows_before / {ROWS_SORTED_AT_ONCE}) ORDER BY 1 NULLS FIRST
    """).fetchall()
    with TemporaryDirectory(dir=path.parent) as folder:
        files = []
        for number, (first, last, holds_null) in enumerate(pieces):
            chosen = [f"{column} IS NULL"] if holds_null else []
            if last is not None:
                connection.execute("SET VARIABLE first_value = $value", {"value": first})
                connection.execute("SET VARIABLE last_value = $value", {"value": last})
                chosen.append(f"{column} BETWEEN getvariable('first_value') AND getvariable('last_value')")
            rows = f"SELECT * FROM {relation} WHERE {' OR '.join(chosen)} ORDER BY {order}"
            files.append(Path(folder) / f"{number}.parquet")
            _copy(connection, rows, files[-1], "snappy")
        _copy(connection, f"SELECT * FROM read_parquet([{', '.join(map(sql_text, files))}])", path)


def _copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path, compression: str = "zstd") -> None:
    settings = f"FORMAT parquet, COMPRESSION {compression}, ROW_GROUP_SIZE 122880"
    connection.execute(f"COPY ({query}) TO {sql_text(path)} ({settings})")


def sql_text(path: Path) -> str:
    """A path as DuckDB reads it in a query."""
    return "'" + str(path).replace("'", "''") + "'"
