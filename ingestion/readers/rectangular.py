"""Delimited lines without quotes that all have as many fields as the header: read just as they stand.

What a program exports mostly looks like this. Whatever else a block holds (ragged or empty lines) is
left to the reader that looks at each line; both give the same rows.
"""

from __future__ import annotations

import polars as pl

from ingestion.readers.batch import SOURCE_ROW
from ingestion.readers.text import count_of


def read_rectangular(text: str, first_line: int, header: list[str], delimiter: str) -> pl.DataFrame | None:
    """The fields of whole lines as columns of text with `_source_row` from `first_line` on; None where one
    of them is empty, or has more or fewer fields than the header.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").removesuffix("\r")
    if not text or "\r" in text or text.startswith("\n") or "\n\n" in text:
        return None
    # Of a last line that nothing ends, polars does not say that it has too many fields.
    written = (text if text.endswith("\n") else text + "\n").encode()
    lines = written.count(b"\n")
    if count_of(written, delimiter) != lines * (len(header) - 1):
        return None
    try:
        rows = read_fields(written, header, delimiter, None)
    except pl.exceptions.PolarsError:
        return None
    if rows.height != lines:
        return None
    return rows.with_columns(pl.int_range(first_line, first_line + lines, dtype=pl.Int64).alias(SOURCE_ROW))


def read_fields(text: bytes, header: list[str], delimiter: str, quote: str | None) -> pl.DataFrame:
    """Lines of text as columns. Raises PolarsError where one has too many fields; too few become NULL."""
    frame = pl.read_csv(
        text,
        has_header=False,
        separator=delimiter,
        quote_char=quote,
        schema=dict.fromkeys(header, pl.String),
        infer_schema=False,
    )
    return frame.rechunk()
