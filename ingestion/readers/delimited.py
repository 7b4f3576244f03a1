"""CSV and TSV, with every row accounted for.

A line with too few or too many fields is a broken row, not a row with guessed columns; a file that ends in
the middle of a row is refused. Rows are taken apart by polars; only rows with misplaced quotes go through
Python's csv module, which reads a quote inside an unquoted field as the character that it is.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import polars as pl

from ingestion.profile import Format
from ingestion.readers.batch import (
    SOURCE_ROW,
    Batch,
    Piece,
    RefusedFileError,
    broken_rows,
    column_names,
    unique_header,
)
from ingestion.readers.rectangular import read_fields, read_rectangular
from ingestion.readers.text import BLOCK_BYTES, text_blocks

# Stands for a quoted field once its content is of no interest; such a character is not found in text.
_MARK = "\x01"


@dataclass(frozen=True)
class _Dialect:
    delimiter: str
    quote: str | None

    @cached_property
    def quoted_field(self) -> str:
        """Matches a quoted field from its beginning (doubled quotes included)."""
        mark = re.escape(self.quote or "")
        return f"(^|{re.escape(self.delimiter)}){mark}[^{mark}]*(?:{mark}{mark}[^{mark}]*)*{mark}"

    @cached_property
    def open_field(self) -> str:
        """Matches, once quoted fields are marked, a quoted field that has no end."""
        mark = re.escape(self.quote or "")
        return f"(^|{re.escape(self.delimiter)}|{_MARK}){mark}"

    @cached_property
    def odd_quotes(self) -> str:
        """Matches, once quoted fields are marked, what only a lenient reader understands."""
        return f"{re.escape(self.quote or '')}|{_MARK}[^{re.escape(self.delimiter)}]"

    def has_quotes(self, text: str) -> bool:
        """Whether fields may be quoted, and so go over several lines."""
        return bool(self.quote) and self.quote in text

    def bare(self, text: pl.Series) -> pl.Series:
        """The rows with each quoted field replaced by a mark."""
        if not self.quote or not text.str.contains(self.quote, literal=True).any():
            return text
        return text.str.replace_all(self.quoted_field, "${1}" + _MARK)

    def is_open(self, text: str) -> bool:
        bare = re.sub(self.quoted_field, rf"\g<1>{_MARK}", text)
        return re.search(self.open_field, bare) is not None

    def split(self, texts: list[str]) -> list[list[str]]:
        quoting = csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE
        options = {"delimiter": self.delimiter, "quotechar": self.quote or None, "quoting": quoting}
        return [next(csv.reader([text], **options), []) for text in texts]


@dataclass
class _Head:
    """What stands before the rows of a file: lines to skip, and the header."""

    fmt: Format
    dialect: _Dialect
    lines_to_skip: int
    header: list[str] | None = None

    def cut_from_lines(self, text: str) -> str:
        """Lines without quotes, once it is taken off their beginning."""
        while self.header is None and text:
            first, _, after = text.partition("\n")
            first = first.removesuffix("\r")
            if self.lines_to_skip:
                self.lines_to_skip -= 1
            elif first and not self._read(first):
                return text
            text = after
        return text

    def cut_from_records(self, records: pl.DataFrame) -> pl.DataFrame:
        """Records, once it is taken off their beginning, and without empty lines."""
        skipped = min(self.lines_to_skip, records.height)
        self.lines_to_skip -= skipped
        records = records[skipped:].filter(pl.col("text") != "")
        if self.header is None and records.height and self._read(records["text"][0]):
            return records[1:]
        return records

    def _read(self, first: str) -> bool:
        """Take the columns from the first record; whether this names them, and is no row."""
        fields = self.dialect.split([first])[0]
        self.header = unique_header(fields) if self.fmt.header else column_names(self.fmt.names, len(fields))
        return self.fmt.header


def read_delimited(
    path: Path, fmt: Format, block_bytes: int = BLOCK_BYTES, *, delimiter: str = ","
) -> Iterator[Piece]:
    """A CSV or TSV file, block by block; every value is text."""
    dialect = _Dialect(fmt.delimiter or delimiter, fmt.quote or None)
    head = _Head(fmt, dialect, fmt.skip_rows)
    line, rest = 1, ""
    for text, last in text_blocks(path, fmt.encoding, block_bytes):
        text = rest + text
        cut_off_possible = last and not text.endswith("\n")
        end = len(text) if last else text.rfind("\n") + 1
        whole, rest = text[:end], text[end:]
        if dialect.has_quotes(whole):
            lines = _lines(whole)
            records, reopened = _records(lines, line, dialect, last)
            rest = "\n".join([*reopened, rest]) if reopened else rest
            records = head.cut_from_records(records)
            piece = partial(_batch, records, head.header, dialect, cut_off_possible=cut_off_possible)
            ends = len(lines) - len(reopened)
        else:
            rows = head.cut_from_lines(whole)
            ends = whole.count("\n")
            first = line + ends - rows.count("\n")
            piece = partial(_line_batch, rows, first, head.header, dialect, cut_off_possible=cut_off_possible)
        line += ends
        if head.header is not None:
            yield piece
    if head.header is None:
        raise RefusedFileError("empty", "the file is empty: it has no header and no row")


def _lines(text: str) -> pl.Series:
    """The lines of a text, without what ends them."""
    lines = pl.Series("text", [text], dtype=pl.String).str.split("\n").explode()
    if text.endswith("\n") or not text:
        lines = lines[:-1]
    return lines.str.strip_suffix("\r") if "\r" in text else lines


def _records(
    lines: pl.Series, first_line: int, dialect: _Dialect, last: bool
) -> tuple[pl.DataFrame, list[str]]:
    """Rows with the line they begin on; and the lines at the end whose row is not complete yet."""
    is_open = dialect.bare(lines).str.contains(dialect.open_field)
    if not is_open.any():
        return _numbered(lines, first_line), []
    return _join_open_lines(lines.to_list(), is_open.to_list(), first_line, dialect, last)


def _numbered(lines: pl.Series, first_line: int) -> pl.DataFrame:
    """Each line as a row."""
    numbers = pl.int_range(first_line, first_line + len(lines), dtype=pl.Int64, eager=True)
    return pl.DataFrame({SOURCE_ROW: numbers, "text": lines})


def _join_open_lines(
    lines: list[str], is_open: list[bool], first_line: int, dialect: _Dialect, last: bool
) -> tuple[pl.DataFrame, list[str]]:
    """Puts together the rows that go over several lines because a quoted field does."""
    begins: list[int] = []
    texts: list[str] = []
    at = 0
    while at < len(lines):
        end, text = at, lines[at]
        if is_open[at]:
            parts = [text]
            while True:
                end += 1
                if end >= len(lines):
                    if not last:
                        return _as_records(begins, texts), lines[at:]
                    raise RefusedFileError(
                        "truncated",
                        f"the quoted field that begins on line {first_line + at} never ends: the file looks "
                        f"cut off, or the quote character is not {dialect.quote!r}",
                    )
                parts.append(lines[end])
                # Only a line with an odd number of quotes can end the field.
                if lines[end].count(dialect.quote) % 2 and not dialect.is_open(text := "\n".join(parts)):
                    break
        begins.append(first_line + at)
        texts.append(text)
        at = end + 1
    return _as_records(begins, texts), []


def _as_records(begins: list[int], texts: list[str]) -> pl.DataFrame:
    return pl.DataFrame({SOURCE_ROW: begins, "text": texts}, schema={SOURCE_ROW: pl.Int64, "text": pl.String})


def _line_batch(
    text: str, first_line: int, header: list[str], dialect: _Dialect, *, cut_off_possible: bool
) -> Batch:
    """Lines without quotes: as they stand, or line by line where one of them is not like the header."""
    rows = read_rectangular(text, first_line, header, dialect.delimiter)
    if rows is not None:
        return Batch(rows)
    records = _numbered(_lines(text), first_line).filter(pl.col("text") != "")
    return _batch(records, header, dialect, cut_off_possible=cut_off_possible)


def _batch(records: pl.DataFrame, header: list[str], dialect: _Dialect, *, cut_off_possible: bool) -> Batch:
    bare = dialect.bare(records["text"])
    odd = bare.str.contains(dialect.odd_quotes) if dialect.quote else pl.repeat(False, len(bare), eager=True)
    records = records.with_columns(
        odd=odd, fields=bare.str.count_matches(dialect.delimiter, literal=True).cast(pl.Int64) + 1
    )
    odd_rows = records.filter("odd")
    odd_fields = dialect.split(odd_rows["text"].to_list())
    if odd_fields:
        counts = odd_rows.select(
            SOURCE_ROW, fields=pl.Series([len(row) for row in odd_fields], dtype=pl.Int64)
        )
        records = records.update(counts, on=SOURCE_ROW)
    width = len(header)
    ragged = records.filter(pl.col("fields") != width)
    if cut_off_possible and records.height and records["fields"][-1] < width:
        raise RefusedFileError(
            "truncated",
            f"line {records[SOURCE_ROW][-1]}, the last, has {records['fields'][-1]} of {width} fields and no "
            f"line end: the file looks cut off; fetch it again",
        )
    plain = records.filter((pl.col("fields") == width) & ~pl.col("odd"))
    rows = _take_apart(plain, header, dialect)
    lenient = [
        (number, fields)
        for number, fields in zip(odd_rows[SOURCE_ROW], odd_fields, strict=True)
        if len(fields) == width
    ]
    if lenient:
        data = [[*fields, number] for number, fields in lenient]
        rows = pl.concat([rows, pl.DataFrame(data, schema=rows.schema, orient="row")]).sort(SOURCE_ROW)
    broken = [
        (number, "ragged_row", f"expected {width} fields, found {fields}", text)
        for number, text, fields in ragged.select(SOURCE_ROW, "text", "fields").iter_rows()
    ]
    return Batch(rows, broken_rows(broken))


def _take_apart(records: pl.DataFrame, header: list[str], dialect: _Dialect) -> pl.DataFrame:
    if not records.height:
        return pl.DataFrame(schema={**dict.fromkeys(header, pl.String), SOURCE_ROW: pl.Int64})
    text = records["text"].str.join("\n").item().encode()
    fields = read_fields(text, header, dialect.delimiter, dialect.quote)
    return fields.with_columns(records[SOURCE_ROW])
