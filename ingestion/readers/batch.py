"""What every reader gives: batches of rows as text, with the place of each row in its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

SOURCE_ROW = "_source_row"

ProblemKind = Literal["missing", "empty", "encoding", "truncated", "header", "columns", "format", "mapping"]

_BROKEN_SCHEMA = {SOURCE_ROW: pl.Int64, "_reason": pl.String, "_detail": pl.String, "_source_text": pl.String}


class RefusedFileError(Exception):
    """A file of which nothing is loaded. `kind` sorts the cause, the message says what and where."""

    def __init__(self, kind: ProblemKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def no_broken_rows() -> pl.DataFrame:
    """The empty table of rows that could not be taken apart."""
    return pl.DataFrame(schema=_BROKEN_SCHEMA)


def broken_rows(rows: list[tuple[int, str, str, str]]) -> pl.DataFrame:
    """Rows that could not be taken apart: (row number, reason, detail, text as it stands in the file)."""
    return pl.DataFrame(rows, schema=_BROKEN_SCHEMA, orient="row")


@dataclass(frozen=True)
class Batch:
    """Some rows of a file. `rows` has the source's columns, all text, and `_source_row`.

    Row numbers count from 1 and include the header: in a text file they are the number of the line where
    the row begins. `broken` holds the rows that have no columns. `complete_header` says that a column
    absent here is absent from the file (JSON records may differ in what they hold).
    """

    rows: pl.DataFrame
    broken: pl.DataFrame = field(default_factory=no_broken_rows)
    complete_header: bool = True

    @property
    def columns(self) -> list[str]:
        return [name for name in self.rows.columns if name != SOURCE_ROW]


# A part of a file, still to be taken apart: each can be on a thread of its own.
Piece = Callable[[], Batch]


def unique_header(names: list[str | None]) -> list[str]:
    """Column names from a header: trimmed, unnamed ones numbered. A name that stands twice refuses the
    file.
    """
    header = [(name or "").strip() or f"column_{number}" for number, name in enumerate(names, start=1)]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise RefusedFileError(
            "header",
            f"the header names {', '.join(map(repr, twice))} more than once, so it is not clear which column "
            f"is meant; the header is: {', '.join(header)}",
        )
    return header


def column_names(given: tuple[str, ...] | None, width: int) -> list[str]:
    """Names for the columns of a file without a header: those given, else column_1, column_2 …"""
    if given is None:
        return [f"column_{number}" for number in range(1, width + 1)]
    if len(given) != width:
        raise RefusedFileError("columns", f"the profile names {len(given)} columns, the file has {width}")
    return unique_header(list(given))
