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
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import polars as pl

from ingestion.contract import Contract
from ingestion.known import KnownRows, identity_columns
from ingestion.load import Load, read_load, write_load
from ingestion.versions import ROW_HASH, newest_per_version, version_columns

LARGE_FILE_BYTES = 100 * 1024 * 1024

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

    Files larger than `large_file_bytes` pass through the disk in blocks instead of through memory as a whole.
    """

    def __init__(
        self,
        home: Path,
        *,
        large_file_bytes: int = LARGE_FILE_BYTES,
        code_version: str | None = None,
    ) -> None:
        self.home = Path(home)
        self.landing_folder = self.home / "landing"
        self.quarantine_folder = self.home / "quarantine"
        self.large_file_bytes = large_file_bytes
        self.code_version = code_version or installed_version()
        self._loads: dict[Path, Load] = {}  # a committed load never changes
        self._known: dict[tuple[str, str], KnownRows] = {}
        self._ids: dict[tuple[str, str], tuple[int, pl.Series]] = {}

    def loads(self, table: str | None = None) -> list[Load]:
        """Committed loads, by table and sequence."""
        pattern = f"{table.replace('.', '/')}/load=*" if table else "*/*/load=*"
        found: list[Load] = []
        for folder in self.landing_folder.glob(pattern):
            if folder not in self._loads:
                self._loads[folder] = read_load(folder)
            found.append(self._loads[folder])
        return sorted(found, key=lambda load: (load.table, load.sequence))

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

    def known_rows(self, contract: Contract) -> KnownRows:
        """The newest rows of a table; only loads that came since the last question are read."""
        at = (contract.table, contract.fingerprint())
        before = self._known.get(at)
        since = before.sequence if before else 0
        new = [load for load in self.loads(contract.table) if load.sequence > since]
        if before and not new:
            return before
        rows = self.landed_rows(contract, identity_columns(contract), new)
        sequence = new[-1].sequence if new else 0
        if before:
            # Most rows are new records: only the others have to be put in order.
            version = version_columns(contract)
            touched = before.by_version.join(rows, on=version, how="semi", nulls_equal=True)
            others = before.by_version.join(rows, on=version, how="anti", nulls_equal=True)
            newest = newest_per_version(pl.concat([touched, rows]), contract)
            newest = pl.concat([others, newest])
        else:
            newest = newest_per_version(rows, contract)
        self._known[at] = KnownRows(contract, sequence, newest)
        return self._known[at]

    def remember(self, load: Load, known: KnownRows, rows: pl.DataFrame) -> None:
        """Add to what is known the rows of a load just committed, where all their keys or versions are new.

        It saves reading them back; `known_rows` would find the same.
        """
        rows = pl.concat([known.by_version, rows.select(known.by_version.columns)])
        at = (load.table, known.contract.fingerprint())
        self._known[at] = KnownRows(known.contract, load.sequence, rows)

    def known_ids(self, contract: Contract, column: str) -> pl.Series:
        """The distinct values of a key column among records that are not deleted."""
        known = self.known_rows(contract)
        cached = self._ids.get((contract.table, column))
        if cached is None or cached[0] != known.sequence:
            cached = (known.sequence, known.ids(column))
            self._ids[contract.table, column] = cached
        return cached[1]

    def landed_rows(
        self, contract: Contract, columns: list[str], loads: list[Load] | None = None
    ) -> pl.DataFrame:
        """Columns of landed rows, in the types that the contract has today."""
        types = {**contract.polars_schema(), **OWN_COLUMNS}
        wanted = {name: types[name] for name in columns}
        frames = [
            pl.scan_parquet(self.rows_path(load), glob=False).pipe(_with_types, wanted)
            for load in (self.loads(contract.table) if loads is None else loads)
            if load.rows_landed or load.rows_deleted
        ]
        return pl.concat([pl.DataFrame(schema=wanted), *pl.collect_all(frames)])

    # Writing

    def workspace(self, table: str) -> Path:
        """An empty folder for a load in the making. What a killed load of the table left is swept away."""
        workspace = self.landing_folder / ".incoming" / table
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

    def discard(self, workspace: Path) -> None:
        """Remove what is left of a workspace, committed or not."""
        shutil.rmtree(workspace, ignore_errors=True)


def _place(load: Load) -> Path:
    return Path(*load.table.split("."), f"load={load.load_id}")


def _with_types(scan: pl.LazyFrame, types: dict[str, pl.DataType]) -> pl.LazyFrame:
    """Columns in the types wanted; those that an older contract did not have are NULL."""
    found = scan.collect_schema()
    return scan.select(
        pl.col(name).cast(kind, strict=False) if name in found else pl.lit(None, dtype=kind).alias(name)
        for name, kind in types.items()
    )


def _move(folder: Path, target: Path) -> None:
    """Rename a folder into place once its files have reached the disk."""
    for file in folder.iterdir():
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
    target.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(target)
