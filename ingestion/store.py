"""Where landed and quarantined rows are kept, and what has been landed so far.

    <home>/landing/<domain>/<table>/load=<load_id>/rows.parquet, load.json      immutable
    <home>/quarantine/<domain>/<table>/load=<load_id>/rows.parquet

A load is written to a folder of its own beside them and renamed into place, quarantine first: the rename of
the landing folder is the moment it exists. Whatever a killed process leaves behind is no load and is swept
away by the next load of the table.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import polars as pl

from ingestion.contract import Contract
from ingestion.known import KnownRows, RowCache, identity_columns
from ingestion.limits import DEFAULT_MEMORY_BYTES, Limits
from ingestion.load import Load, read_load, write_load
from ingestion.versions import ROW_HASH, newest_per_version, version_columns

INCOMING = ".incoming"  # loads in the making

# Tells rows of one table apart, together with their key.
PLACE = (ROW_HASH, "_load_id", "_source_row")

# Up to one in so many rows of a table is looked up; for more of them all of it is read, and kept.
ROWS_TO_ONE_LOOKED_UP = 10

# The landing's own columns, after those of the contract.
OWN_COLUMNS: dict[str, pl.DataType] = {
    "_load_id": pl.String(),
    "_sequence": pl.Int64(),
    "_source": pl.String(),
    "_source_file": pl.String(),
    "_source_row": pl.Int64(),
    ROW_HASH: pl.String(),
    "_loaded_at": pl.Datetime("us"),
    "_is_deleted": pl.Boolean(),
}


def installed_version() -> str:
    """The release that writes a load."""
    try:
        return version("goldthread")
    except PackageNotFoundError:
        return "unknown"


class Landing:
    """The landing and quarantine areas of one home folder.

    `memory_bytes` is what a process that lands may take. What a file needs beyond its share of it passes
    through the disk; what is known of a table that is larger than its share is looked up when it is needed.
    """

    def __init__(
        self,
        home: Path,
        *,
        memory_bytes: int = DEFAULT_MEMORY_BYTES,
        code_version: str | None = None,
    ) -> None:
        self.home = Path(home)
        self.landing_folder = self.home / "landing"
        self.quarantine_folder = self.home / "quarantine"
        self.limits = Limits(memory_bytes)
        self.code_version = code_version or installed_version()
        self.cache = RowCache(self.limits.cached_rows)
        self._loads: dict[Path, Load] = {}  # a committed load never changes
        # By table: when its folder changed, and the loads that it held then.
        self._listed: dict[str, tuple[int | None, list[Load]]] = {}

    def loads(self, table: str | None = None) -> list[Load]:
        """Committed loads, by table and sequence."""
        if table is None:
            folders = self.landing_folder.glob("*/*")
            tables = sorted(".".join(folder.parts[-2:]) for folder in folders if folder.parts[-2] != INCOMING)
            return [load for name in tables for load in self.loads(name)]
        folder = self.landing_folder / Path(*table.split("."))
        changed = folder.stat().st_mtime_ns if folder.exists() else None
        if table not in self._listed or self._listed[table][0] != changed:
            self._listed[table] = (changed, self._read_loads(folder))
        return list(self._listed[table][1])

    def _read_loads(self, folder: Path) -> list[Load]:
        found: list[Load] = []
        for place in folder.glob("load=*"):
            if place not in self._loads:
                self._loads[place] = read_load(place)
            found.append(self._loads[place])
        return sorted(found, key=lambda load: load.sequence)

    def current_paths(self, table: str) -> list[Path]:
        """The Parquet files of all committed loads that landed or deleted rows, in their order."""
        return [self.rows_path(load) for load in self.loads(table) if load.rows_landed or load.rows_deleted]

    def rows_path(self, load: Load) -> Path:
        return self.landing_folder / _place(load) / "rows.parquet"

    def quarantine_path(self, load: Load) -> Path:
        """The quarantined rows of a load; there is no such file when it quarantined none."""
        return self.quarantine_folder / _place(load) / "rows.parquet"

    def last_sequence(self, table: str) -> int:
        loads = self.loads(table)
        return loads[-1].sequence if loads else 0

    # What is known

    def known_rows(self, contract: Contract, wanted: pl.DataFrame) -> KnownRows:
        """At least the newest rows of the records `wanted`, which are named by some columns of the key."""
        if self._is_kept(contract, wanted.height):
            known = self._all_known(contract)
            return replace(known, by_version=known.by_version.filter(_within(wanted)))
        return self._look_up(contract, wanted)

    def known_ids(self, contract: Contract, column: str, values: pl.Series) -> pl.Series:
        """At least those of the `values` that a key column has among records that are not deleted."""
        if not self._is_kept(contract, values.len()):
            wanted = values.drop_nulls().unique().alias(column).to_frame()
            return self._look_up(contract, wanted).ids(column)
        name, sequence = (contract.table, column), self.last_sequence(contract.table)
        cached = self.cache.get(name)
        if cached is None or cached[0] != sequence:
            cached = (sequence, self._all_known(contract).ids(column))
            self.cache.put(name, cached, cached[1].len())
        return cached[1]

    def alive_rows(self, contract: Contract, load_ids: Collection[str]) -> Iterator[pl.DataFrame]:
        """The newest rows of records that are not deleted, as far as given loads brought them.

        Their identity columns, in parts; no record is in two of them.
        """
        if self._can_be_kept(contract):
            alive = self._all_known(contract).alive
            yield alive.filter(pl.col("_load_id").is_in(sorted(load_ids)))
            return
        loads = [load for load in self.loads(contract.table) if load.load_id in load_ids]
        place = [*contract.key, *PLACE]
        rows = self._scan(contract, place, loads)
        for start in range(0, _row_count(loads), self.limits.rows_at_once):
            part = rows.slice(start, self.limits.rows_at_once).collect(engine="streaming")
            alive = self.known_rows(contract, part.select(contract.key)).alive
            yield alive.join(part, on=place, how="semi", nulls_equal=True)

    def whole_rows(self, contract: Contract, rows: pl.DataFrame) -> pl.DataFrame:
        """Landed rows with all their columns, found again by key and place."""
        load_ids = set(rows["_load_id"].unique())
        loads = [load for load in self.loads(contract.table) if load.load_id in load_ids]
        columns = [*contract.columns, *OWN_COLUMNS]
        return _looked_up(self._scan(contract, columns, loads), rows.select(*contract.key, *PLACE))

    def remember(self, load: Load, contract: Contract, rows: pl.LazyFrame) -> None:
        """Add to what is known the rows of a load just committed, where all their keys or versions are new.

        It saves reading them back; `known_rows` would find the same.
        """
        known = self.cache.get(_name(contract))
        if known is None or known.sequence != load.sequence - 1 or not self._can_be_kept(contract):
            return
        new = rows.select(known.by_version.columns).collect()
        self._keep(KnownRows(contract, load.sequence, pl.concat([known.by_version, new])))

    def _look_up(self, contract: Contract, wanted: pl.DataFrame) -> KnownRows:
        rows = _looked_up(self._scan(contract, identity_columns(contract)), wanted)
        return KnownRows(contract, self.last_sequence(contract.table), newest_per_version(rows, contract))

    def _can_be_kept(self, contract: Contract) -> bool:
        """Whether a table is small enough for all that is known of it to stay in memory."""
        return _row_count(self.loads(contract.table)) <= self.limits.cached_table

    def _is_kept(self, contract: Contract, asked: int) -> bool:
        """Whether so many rows are asked of what is kept of a table: of what is there already, or for once it
        is read as a whole.
        """
        if not self._can_be_kept(contract):
            return False
        few = _row_count(self.loads(contract.table)) // ROWS_TO_ONE_LOOKED_UP
        return asked >= few or self.cache.get(_name(contract)) is not None

    def _all_known(self, contract: Contract) -> KnownRows:
        """The newest rows of a table; only loads that came since the last question are read."""
        before = self.cache.get(_name(contract))
        since = before.sequence if before else 0
        new = [load for load in self.loads(contract.table) if load.sequence > since]
        if before and not new:
            return before
        rows = self._scan(contract, identity_columns(contract), new).collect()
        if before:
            # Most rows are new records: only the others have to be put in order.
            version = version_columns(contract)
            touched = before.by_version.join(rows, on=version, how="semi", nulls_equal=True)
            others = before.by_version.join(rows, on=version, how="anti", nulls_equal=True)
            newest = newest_per_version(pl.concat([touched, rows]), contract)
            newest = pl.concat([others, newest])
        else:
            newest = newest_per_version(rows, contract)
        return self._keep(KnownRows(contract, new[-1].sequence if new else 0, newest))

    def _keep(self, known: KnownRows) -> KnownRows:
        self.cache.put(_name(known.contract), known, known.by_version.height)
        return known

    def _scan(
        self, contract: Contract, columns: Sequence[str], loads: Iterable[Load] | None = None
    ) -> pl.LazyFrame:
        """Columns of the landed rows of some or all loads, in the types that the contract has today."""
        types = {**contract.polars_schema(), **OWN_COLUMNS}
        wanted = {name: types[name] for name in columns}
        frames = [
            pl.scan_parquet(self.rows_path(load), glob=False).pipe(_with_types, wanted)
            for load in (self.loads(contract.table) if loads is None else loads)
            if load.rows_landed or load.rows_deleted
        ]
        return pl.concat([pl.LazyFrame(schema=wanted), *frames])

    # Writing

    def workspace(self, table: str) -> Path:
        """An empty folder for a load in the making. What a killed load of the table left is swept away."""
        workspace = self.landing_folder / INCOMING / table
        shutil.rmtree(workspace, ignore_errors=True)
        for part in ("landing", "quarantine", "spool"):
            (workspace / part).mkdir(parents=True)
        return workspace

    def commit(self, load: Load, workspace: Path) -> None:
        """Make a finished workspace a load."""
        write_load(load, workspace / "landing")
        if load.rows_quarantined:
            target = self.quarantine_folder / _place(load)
            shutil.rmtree(target, ignore_errors=True)  # of a load that was killed before it was one
            _move(workspace / "quarantine", target)
        _move(workspace / "landing", self.landing_folder / _place(load))
        self._listed.pop(load.table, None)  # the clock of the file system may not have moved on

    def discard(self, workspace: Path) -> None:
        """Remove what is left of a workspace, committed or not."""
        shutil.rmtree(workspace, ignore_errors=True)


def _place(load: Load) -> Path:
    return Path(*load.table.split("."), f"load={load.load_id}")


def _name(contract: Contract) -> tuple[str, str]:
    """What the known rows of a table are kept under; another contract may read them in other types."""
    return contract.table, contract.fingerprint()


def _row_count(loads: Iterable[Load]) -> int:
    return sum(load.rows_landed + load.rows_deleted for load in loads)


def _looked_up(rows: pl.LazyFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """The rows that agree with one of `wanted` in all its columns."""
    # Said apart from the join, the limits let whole row groups be skipped by their statistics.
    found = rows.filter(_within(wanted)).join(wanted.lazy(), on=wanted.columns, how="semi", nulls_equal=True)
    return found.collect(engine="streaming")


def _within(wanted: pl.DataFrame) -> pl.Expr:
    """Whether a row lies between the first and the last of `wanted`, as far as the first column goes."""
    first = wanted.to_series()
    within = pl.col(first.name).is_between(pl.lit(first.min()), pl.lit(first.max()))
    return within | pl.col(first.name).is_null() if first.null_count() else within


def _with_types(scan: pl.LazyFrame, types: dict[str, pl.DataType]) -> pl.LazyFrame:
    """Columns in the types wanted; those that an older contract did not have are NULL."""
    found = scan.collect_schema()
    return scan.select(_with_type(name, found.get(name), kind) for name, kind in types.items())


def _with_type(name: str, found: pl.DataType | None, wanted: pl.DataType) -> pl.Expr:
    if found is None:
        return pl.lit(None, dtype=wanted).alias(name)
    # A cast would hide the column's statistics from what is looked up.
    return pl.col(name) if found == wanted else pl.col(name).cast(wanted, strict=False)


def _move(folder: Path, target: Path) -> None:
    """Rename a folder into place once its files have reached the disk."""
    for file in folder.iterdir():
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
    target.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(target)
