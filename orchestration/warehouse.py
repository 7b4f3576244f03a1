"""The night's warehouse file before dbt runs: landed rows as typed views, the compiled library as tables.

Nothing is copied: a view reads the Parquet of the committed loads. All else in the file is dbt's.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import yaml

from ingestion.contract import Contract
from ingestion.working_days import working_day
from orchestration.limits import duckdb_limits
from publishing.database import sql_text
from publishing.files import sha256_of

if TYPE_CHECKING:
    from metric_library.compile import CompiledLibrary, RunContext

STAGING = Path(__file__).resolve().parent.parent / "dbt_project/models/staging"
LIBRARY_SOURCES = STAGING / "_library__sources.yml"
BASE_SOURCES = STAGING / "_base__sources.yml"
PUBLISHED_SOURCES = STAGING / "_published__sources.yml"
BUILD_STATE = "main.build_state"
LANDED_LOAD = "main.landed_load"

# Landed columns that are the landing's own, after those of the contract.
LANDING_COLUMNS = {
    "_load_id": "VARCHAR",
    "_sequence": "INTEGER",
    "_source": "VARCHAR",
    "_source_file": "VARCHAR",
    "_source_row": "BIGINT",
    "_row_hash": "VARCHAR",
    "_loaded_at": "TIMESTAMP",
    "_is_deleted": "BOOLEAN",
}

# Records that describe rather than happen: their dates may lie decades before the first event.
DESCRIPTIVE_TABLES = {
    "hr.employees", "hr.org_units", "hr.positions", "hr.employee_positions", "hr.job_duties",
    "sales.accounts",
}  # fmt: skip


class LandedLoads(Protocol):
    """What this module asks of a landing (`ingestion.landing.Landing`)."""

    def loads(self, table: str | None = None) -> list[Any]: ...

    def current_paths(self, table: str) -> list[Path]: ...


def prepare_warehouse(
    path: Path,
    landing: LandedLoads,
    contracts: Mapping[str, Contract],
    compiled: CompiledLibrary,
    context: RunContext,
    base: Path | None = None,
    published: Mapping[str, Path] | None = None,
) -> None:
    """Write a new warehouse file at `path`, replacing what is there. It begins as `base`, where one is given,
    which is moved there, so that dbt brings it up to date instead of building everything.

    Schema `landed`: one view `<domain>__<table>` per contract, empty where nothing has landed. Schema
    `library`: the compiled tables, typed as `_library__sources.yml` declares them, and the working calendar.
    Schema `base`: what the changes since `base` are told by, empty without one. Schema `published`: one view
    per mart of the last published night that tonight is compared with, empty where `published` names no file.
    Schema `changed`: empty; what tonight changes is told there.
    Table `main.build_state`: what each source holds tonight, beside what the models of `base` were made from.
    Table `main.landed_load`: the loads behind each landed view; those of `base` stand in `base.landed_load`.
    Raises ValueError when the compiled tables are not those declared.
    """
    for stale in (path, path.with_name(path.name + ".wal")):
        stale.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if base is not None:
        os.replace(base, path)
    time_zone = compiled.tables["run_context"].item(0, "time_zone")
    calendar = working_calendar(context.calendar_start, context.as_of, time_zone)
    with duckdb.connect(str(path), config=dict(duckdb_limits())) as connection:
        _remember_base(connection)
        connection.execute("create schema landed")
        landed = {table: landing.current_paths(table) for table in contracts}
        for table, contract in contracts.items():
            connection.execute(_landed_view(connection, contract, landed[table]))
        connection.execute("create schema library")
        _write_library(connection, {**compiled.tables, "calendar_day": calendar})
        _complete_base(connection)
        _show_published(connection, published or {})
        _note_loads(connection, landed)
        _name_sources(connection, landed, published or {})


class WarehouseCopy:
    """A copy of an earlier night's warehouse at `target`, of gigabytes: made while other things are done."""

    def __init__(self, original: Path, target: Path) -> None:
        self.original, self._target = original, target
        worker = ThreadPoolExecutor(1)
        self._copying = worker.submit(shutil.copyfile, original, target)
        worker.shutdown(wait=False)

    def finished(self) -> Path:
        """The whole copy. Raises OSError where it could not be made."""
        return self._copying.result()

    def discard(self) -> None:
        """Remove the copy, if nobody has taken it."""
        wait([self._copying])
        self._target.unlink(missing_ok=True)


def continues(base: Path, identity: str, as_of: date) -> bool:
    """Whether a night as of that day can start from the warehouse of an earlier one: same models, same
    settings, and time has not gone back. A file that does not answer, such as one of another release, is no
    start.
    """
    if not base.exists():
        return False
    try:
        with duckdb.connect(str(base), read_only=True) as connection:
            row = connection.execute("select build_identity, as_of from library.run_context").fetchone()
    except duckdb.Error:
        return False
    return row is not None and row[0] == identity and row[1] <= as_of


def _remember_base(connection: duckdb.DuckDBPyConnection) -> None:
    """Copy what the file holds of its night's library, days and target bands into schema `base`; clear away
    what is written anew.
    """
    connection.execute(
        f"create table if not exists {BUILD_STATE} "
        "(node varchar, inputs varchar, state varchar, changed_from varchar)"
    )
    connection.execute(f"update {BUILD_STATE} set changed_from = null")
    connection.execute("drop schema if exists changed cascade; create schema changed")
    connection.execute(f"create table if not exists {LANDED_LOAD} (landed varchar, load_id varchar)")
    connection.execute("drop schema if exists base cascade; create schema base")
    for table in (BUILD_STATE, LANDED_LOAD):
        connection.execute(f"create table base.{table.removeprefix('main.')} as from {table}")
    remembered = declared_tables(BASE_SOURCES)
    held = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
    for schema, table in held:
        if table in remembered and schema in ("library", "metrics", "intermediate"):
            connection.execute(f"create table base.{table} as from {schema}.{table}")
    connection.execute("drop schema if exists landed cascade; drop schema if exists library cascade")


def _complete_base(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty tables for what there is nothing to remember of."""
    for table, columns in declared_tables(BASE_SOURCES).items():
        listed = ", ".join(f"{_quoted(column)} {kind}" for column, kind in columns.items())
        shape = f"({listed})" if listed else f"as from library.{table} where false"
        connection.execute(f"create table if not exists base.{table} {shape}")


def calendar_start(
    landing: LandedLoads, contracts: Mapping[str, Contract], time_zone: str, as_of: date
) -> date:
    """First day of the month, in company time, of the earliest landed event; of `as_of` when there is none.

    Master data and the library do not count; only where nothing else has landed does HR's own data bound the
    calendar.
    """
    events, masters = [], []
    for load in landing.loads():
        contract = contracts.get(load.table)
        if (
            contract is None
            or contract.event_time is None
            or load.event_min is None
            or contract.domain == "library"
        ):
            continue
        (masters if contract.table in DESCRIPTIVE_TABLES else events).append(
            _local_day(load.event_min, time_zone)
        )
    days = [day for day in events or masters if day <= as_of]
    return min(days, default=as_of).replace(day=1)


def working_calendar(start: date, as_of: date, time_zone: str) -> pl.DataFrame:
    """One row per day from `start` to the end of the year of `as_of`: date_day, is_workday, holiday_name.

    In China public holidays and make-up days count for the years whose decree is known; elsewhere, and beyond
    those years, Monday to Friday are workdays.
    """
    end = date(as_of.year, 12, 31)
    days = [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
    rows = [(day, *working_day(day, time_zone)) for day in days]
    schema = {"date_day": pl.Date, "is_workday": pl.Boolean, "holiday_name": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _local_day(moment: date | datetime | str, time_zone: str) -> date:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment) if len(moment) > 10 else date.fromisoformat(moment)
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo("UTC"))
    return moment.astimezone(ZoneInfo(time_zone)).date()


def _landed_view(connection: duckdb.DuckDBPyConnection, contract: Contract, paths: Iterable[Path]) -> str:
    """The view of one table: every committed load, typed by tonight's contract."""
    typed = {**contract.duckdb_columns(), **LANDING_COLUMNS}
    return _typed_view(connection, f"landed.{contract.domain}__{contract.name}", typed, paths)


def _typed_view(
    connection: duckdb.DuckDBPyConnection, view: str, typed: Mapping[str, str], paths: Iterable[Path]
) -> str:
    """A view of Parquet files with these columns. One that a file was written without is NULL in its rows."""
    files = [sql_text(path) for path in paths]
    if not files:
        empty = ", ".join(f"null::{kind} as {_quoted(name)}" for name, kind in typed.items())
        return f"create view {view} as select {empty} where false"
    rows = f"read_parquet([{', '.join(files)}], union_by_name = true, hive_partitioning = false)"
    landed = {row[0] for row in connection.execute(f"describe select * from {rows}").fetchall()}
    columns = ", ".join(
        f"{_quoted(name) if name in landed else 'null'}::{kind} as {_quoted(name)}"
        for name, kind in typed.items()
    )
    return f"create view {view} as select {columns} from {rows}"


def _show_published(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path]) -> None:
    connection.execute("drop schema if exists published cascade; create schema published")
    for mart, columns in declared_tables(PUBLISHED_SOURCES).items():
        paths = [files[mart]] if mart in files else []
        connection.execute(_typed_view(connection, f"published.{mart}", columns, paths))


def _note_loads(connection: duckdb.DuckDBPyConnection, landed: Mapping[str, Iterable[Path]]) -> None:
    """Which loads each landed view shows, so that staging reads only what came since `base`."""
    rows = [
        f"('{table.replace('.', '__')}', '{path.parent.name.partition('=')[2]}')"
        for table, paths in landed.items()
        for path in paths
    ]
    connection.execute(f"delete from {LANDED_LOAD}")
    if rows:
        connection.execute(f"insert into {LANDED_LOAD} values {', '.join(rows)}")


def _name_sources(
    connection: duckdb.DuckDBPyConnection,
    landed: Mapping[str, Iterable[Path]],
    published: Mapping[str, Path],
) -> None:
    """What each source holds tonight, by a name that is the same where the content is."""
    states = {
        ("landed", table.replace(".", "__")): _digest(*map(str, paths)) for table, paths in landed.items()
    }
    for mart in declared_tables(PUBLISHED_SOURCES):
        states["published", mart] = sha256_of(published[mart]) if mart in published else _digest()
    for schema, sources in (("library", LIBRARY_SOURCES), ("base", BASE_SOURCES)):
        for table in declared_tables(sources):
            held = f'select count(*), sum(hash(hash(*columns(*)))) from {schema}."{table}"'
            states[schema, table] = _digest(*map(str, connection.execute(held).fetchone() or ()))
    connection.execute(f"delete from {BUILD_STATE} where starts_with(node, 'source.')")
    rows = ", ".join(
        f"('source.goldthread.{source}.{table}', '{state}')" for (source, table), state in states.items()
    )
    connection.execute(f"insert into {BUILD_STATE} (node, state) values {rows}")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _write_library(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pl.DataFrame]) -> None:
    declared = library_schema()
    if differing := sorted(set(declared) ^ set(tables)):
        raise ValueError(
            f"declared in {LIBRARY_SOURCES.name} or compiled, but not both: {', '.join(differing)}"
        )
    # Through Parquet: to register an Arrow table, or to bind a parameter, imports pandas: two seconds.
    with TemporaryDirectory() as folder:
        for name, columns in declared.items():
            frame = tables[name]
            if frame.is_empty():
                listed = ", ".join(f"{_quoted(column)} {kind}" for column, kind in columns.items())
                connection.execute(f"create table library.{_quoted(name)} ({listed})")
                continue
            if absent := [column for column in columns if column not in frame.columns]:
                raise ValueError(f"compiled table {name} lacks the declared columns {', '.join(absent)}")
            file = Path(folder) / f"{name}.parquet"
            frame.select(list(columns)).write_parquet(file)
            typed = ", ".join(f"{_quoted(c)}::{kind} as {_quoted(c)}" for c, kind in columns.items())
            copy = (
                f"create table library.{_quoted(name)} as select {typed} from read_parquet({sql_text(file)})"
            )
            connection.execute(copy)


def library_schema() -> dict[str, dict[str, str]]:
    """Tables of the schema `library` with their columns and types."""
    return declared_tables(LIBRARY_SOURCES)


def declared_tables(sources: Path) -> dict[str, dict[str, str]]:
    """Tables with their columns and types, as a dbt source file declares them."""
    document = yaml.safe_load(sources.read_text(encoding="utf-8"))
    return {
        table["name"]: {column["name"]: column["data_type"] for column in table.get("columns", ())}
        for table in document["sources"][0]["tables"]
    }


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
