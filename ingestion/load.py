"""The manifest entry of one load: what was read from one file, and what became of every row."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, model_validator

from ingestion.readers.batch import ProblemKind


class Load(BaseModel):
    """One committed load. rows_read = rows_landed + rows_quarantined + rows_duplicate, always.

    A row is read when the mapping takes it for this table: `rows_in_file` counts the file's own rows,
    before explode and unpivot; `rows_filtered` those that the mapping's filter leaves aside;
    `rows_collapsed` repetitions that a `distinct` mapping expects. `rows_deleted` counts tombstones, which
    no row of the file says: the Parquet file holds rows_landed + rows_deleted rows. A delete marker in the
    file is a landed row.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    load_id: str
    sequence: int  # order of the loads of a table, from 1
    row_sequence: int | None = None  # that of rows tried again: of the load they first came with
    table: str
    source: str
    mapping: int  # which of the source's mappings of this table, from 0
    file: str  # relative to the source's root
    file_sha256: str
    content_id: str  # the load id without its salt: same file content, same mapping, same contract
    retry_of: str | None = None  # the load whose unknown references were tried again
    rows_in_file: int
    rows_filtered: int = 0
    rows_collapsed: int = 0
    rows_read: int
    rows_landed: int
    rows_quarantined: int
    rows_duplicate: int
    rows_deleted: int = 0
    reasons: dict[str, int] = {}  # quarantined rows by reason
    unknown_references: dict[str, int] = {}  # landed rows that name an unknown record, by column
    parents: dict[str, int] = {}  # the last load of each table that rows may be waiting for
    awaited: dict[str, list[str]] | None = None  # ids that rows wait for, by column; None where too many
    columns: list[str]  # the file's columns as found
    extra_columns: list[str] = []  # those that the mapping does not use
    event_min: str | None = None  # of the rows landed, ISO 8601
    event_max: str | None = None
    loaded_at: datetime  # UTC
    run_id: str
    code_version: str

    @property
    def slot(self) -> tuple[str, int, str]:
        """What stays the same when the file changes: source, mapping, file."""
        return self.source, self.mapping, self.file

    @model_validator(mode="after")
    def _adds_up(self) -> Load:
        if self.rows_read != self.rows_landed + self.rows_quarantined + self.rows_duplicate:
            raise ValueError(
                f"{self.file} into {self.table}: {self.rows_read} rows read are not "
                f"{self.rows_landed} landed + {self.rows_quarantined} quarantined "
                f"+ {self.rows_duplicate} duplicates"
            )
        return self


class FileProblem(BaseModel):
    """A file that was refused. Nothing of it is loaded; the message says where and what to do."""

    model_config = ConfigDict(frozen=True)

    table: str
    source: str
    file: str
    message: str
    kind: ProblemKind


def write_load(load: Load, folder: Path) -> None:
    """Write the manifest entry of a load into its folder."""
    (folder / "load.json").write_text(load.model_dump_json(indent=1), encoding="utf-8")


def read_load(folder: Path) -> Load:
    """The manifest entry of a committed load."""
    return Load.model_validate_json((folder / "load.json").read_bytes())
