"""A company's own tables as the rules need them, read through its profile.

The rows of the strategy library come with file and line, so that a finding can point at them: they are
landed for the occasion, in a folder that is gone afterwards. Who holds a position is read from the landing,
where a night has filled it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from ingestion.contract import Contract
    from ingestion.files import SourceFile
    from ingestion.landing import Landing
    from ingestion.profile import Profile

Row = dict[str, Any]
HEADED = (".csv", ".tsv", ".txt", ".tab")
HEADER_BYTES = 8192


@dataclass(frozen=True)
class LostColumn:
    """A column that the mapping needs and the file no longer has."""

    table: str
    columns: tuple[str, ...]  # contract columns that were read from it
    source_column: str
    source: str
    file: Path


@dataclass(frozen=True)
class Company:
    """What one profile says about its company on one day."""

    profile: Profile
    contracts: Mapping[str, Contract]
    as_of: date
    landing: Landing | None = None
    _rows: dict[str, list[Row]] = field(default_factory=dict, repr=False)
    _landed_rows: dict[str, list[Row] | None] = field(default_factory=dict, repr=False)
    _subjects: dict[str, frozenset[str] | None] = field(default_factory=dict, repr=False)

    def rows(self, table: str) -> list[Row]:
        """The rows of a strategy table that satisfy its contract, each with `_file` and `_line`."""
        if table not in self._rows:
            self._rows[table] = self._placed(self._frame(table))
        return self._rows[table]

    def register(self, table: str) -> list[Row]:
        """The rows of a table of records with their place, as they landed, else as its files give them."""
        return self.landed(table) or self.rows(table)

    def landed(self, table: str) -> list[Row] | None:
        """The rows of a table with their place, as they landed; None before anything has."""
        if table not in self._landed_rows:
            frame = self._landed(table)
            self._landed_rows[table] = None if frame is None else self._placed(frame)
        return self._landed_rows[table]

    @cached_property
    def positions(self) -> frozenset[str] | None:
        """Positions that exist on the as-of day; None when they cannot be read."""
        frame = self._landed("hr.positions")
        return self._in_force(self._frame("hr.positions") if frame is None else frame)

    @cached_property
    def held_positions(self) -> frozenset[str] | None:
        """Positions that somebody holds on the as-of day; None before people have landed."""
        return self._in_force(self._landed("hr.employee_positions"))

    def subjects(self, kind: str) -> frozenset[str] | None:
        """All of a kind of subject that HR has ever named; None when that cannot be read."""
        table, column = {
            "position": ("hr.positions", "position_id"),
            "employee": ("hr.employees", "employee_id"),
            "reporting_line": ("hr.employees", "employee_id"),
        }.get(kind, ("hr.org_units", "org_unit_id"))
        if table not in self._subjects:
            frame = self._table(table)
            self._subjects[table] = None if frame is None else frozenset(frame[column].to_list())
        return self._subjects[table]

    @cached_property
    def holdings(self) -> tuple[Row, ...]:
        """Who holds which position, with what share and when; none before people have landed."""
        frame = self._landed("hr.employee_positions")
        return () if frame is None else tuple(frame.to_dicts())

    @cached_property
    def parents(self) -> Mapping[str, str]:
        """Unit → the unit above it on the as-of day."""
        frame = self._table("hr.org_units")
        rows = [] if frame is None else frame.sort("valid_from", nulls_last=False).to_dicts()
        return {
            row["org_unit_id"]: row["parent_id"]
            for row in rows
            if row["parent_id"] and (row["valid_from"] is None or row["valid_from"] <= self.as_of)
        }

    @cached_property
    def unit_types(self) -> Mapping[str, str] | None:
        """Unit → front, middle, back or corporate; None when HR cannot be read."""
        frame = self._table("hr.org_units")
        if frame is None:
            return None
        return dict(zip(frame["org_unit_id"].to_list(), frame["unit_type"].to_list(), strict=True))

    def lost_columns(self) -> list[LostColumn]:
        """Columns that mappings need and files lack, by the header of every delimited file."""
        return [lost for table in self.profile.connected_tables() for lost in self._lost_from(table)]

    def _placed(self, frame: pl.DataFrame | None) -> list[Row]:
        records = [] if frame is None else frame.to_dicts()
        places = {(row["_source"], row["_source_file"]) for row in records}
        paths = {place: self._path(*place) for place in places}
        return [
            {**row, "_file": paths[row["_source"], row["_source_file"]], "_line": row["_source_row"]}
            for row in records
        ]

    def _path(self, source: str, name: str) -> Path:
        path = self.profile.source_root(source) / name
        return path if path.is_file() else self.profile.file

    def _frame(self, table: str) -> pl.DataFrame | None:
        """The rows of a table's files that satisfy the contract; None when no file gives any."""
        from ingestion.landing import Landing, land_table

        contract = self.contracts[table]
        # Whether references are known is for the night to say: here nothing else has landed.
        columns = {n: c.model_copy(update={"references": None}) for n, c in contract.columns.items()}
        contract = contract.model_copy(update={"columns": columns})
        with TemporaryDirectory(prefix="goldthread-check-") as folder:
            landing = Landing(Path(folder))
            land_table(self.profile, contract, landing, run_id="check")
            return _newest(landing, contract)

    def _table(self, table: str) -> pl.DataFrame | None:
        """What has landed of a table; before a night what its files say, people apart: they are many."""
        frame = self._landed(table)
        return self._frame(table) if frame is None and table != "hr.employees" else frame

    def _landed(self, table: str) -> pl.DataFrame | None:
        return None if self.landing is None else _newest(self.landing, self.contracts[table])

    def _in_force(self, frame: pl.DataFrame | None) -> frozenset[str] | None:
        """Positions of the rows of a dated table that hold on the as-of day."""
        import polars as pl

        if frame is None:
            return None
        return frozenset(
            frame.filter(
                (pl.col("valid_from").is_null() | (pl.col("valid_from") <= self.as_of))
                & (pl.col("valid_to").is_null() | (pl.col("valid_to") > self.as_of))
            )["position_id"].to_list()
        )

    def _lost_from(self, table: str) -> Iterator[LostColumn]:
        from ingestion.files import source_files
        from ingestion.mapping import column_mappings, sql_columns
        from ingestion.plan import table_plans

        contract = self.contracts[table]
        for plan in table_plans(self.profile, contract):
            files, _ = source_files(plan)
            needed = plan.columns[0] if files else set()
            known: dict[bytes, set[str]] = {}
            for file in files:
                header = _header(file, known)
                for name in sorted(needed - header) if header else ():
                    read = tuple(
                        column
                        for column, how in column_mappings(plan.mapping, contract).items()
                        if name == how.from_ or (how.sql and name in sql_columns(how.sql, column))
                    )
                    yield LostColumn(table, read, name, plan.source, file.path or self.profile.file)


def holds(row: Row, as_of: date) -> bool:
    """Whether a dated row is in force on a day (half-open interval, NULL open)."""
    start, end = row["valid_from"], row["valid_to"]
    return (start is None or start <= as_of) and (end is None or as_of < end)


def _newest(landing: Landing, contract: Contract) -> pl.DataFrame | None:
    """The newest version of every record that has landed, as staging takes it; None when nothing has."""
    import polars as pl

    paths = landing.current_paths(contract.table)
    if not paths:
        return None
    order = [*([contract.version_by] if contract.version_by else []), "_sequence", "_source_row"]
    frames = [pl.read_parquet(path) for path in paths]
    newest = pl.concat(frames, how="diagonal_relaxed").sort(order, nulls_last=False)
    newest = newest.unique(contract.key, keep="last", maintain_order=True)
    return newest.filter(~pl.col("_is_deleted")).sort("_sequence", "_source_row")


def _header(file: SourceFile, known: dict[bytes, set[str]]) -> set[str]:
    """The columns of a delimited file; none for other kinds and for files that cannot be read.

    Files of one plan that begin with the same lines have the same columns: each beginning is taken apart
    once, and is then `known`.
    """
    from ingestion.readers import RefusedFileError, read_file

    how = file.plan.mapping.format
    if file.path is None or file.path.suffix.lower() not in HEADED:
        return set()
    with file.path.open("rb") as stream:
        beginning = b"".join(stream.readline(HEADER_BYTES) for _ in range(how.skip_rows + 1))
    if beginning not in known:
        try:
            known[beginning] = set(next(read_file(file.path, how, HEADER_BYTES)).columns)
        except (RefusedFileError, StopIteration):
            return set()
    return known[beginning]
