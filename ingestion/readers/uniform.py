"""JSON Lines whose records all hold the same keys: read as columns, without a Python object per record.

What a program exports mostly looks like this. Whatever else a block holds (lists, escapes, keys that only
some records have, lines that are no record) is left to the reader that takes records one by one; both give
the same rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from ingestion.readers.batch import SOURCE_ROW
from ingestion.readers.text import count_of, parts_at_hand

_NUMBER = r'":(\s*)(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?)(\s*[,}])'
# A number that polars does not write as it stands: with a fraction or exponent, -0, or very long.
_REWRITTEN_NUMBER = r'":\s*(?:-?(?:[0-9]+[.eE]|[0-9]{19})|-0[\s,}])'
_FIRST_PRINTABLE = 0x20

# A column: its dotted name, the key that it stands under, and its value.
Column = tuple[str, str, pl.Expr]


def read_uniform(text: str, first_line: int) -> pl.DataFrame | None:
    """The records of lines as columns of text with `_source_row` from `first_line` on; None where they are
    not all shaped like the first, or a line among them is blank.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").removesuffix("\r")
    if text.endswith("\n\n"):
        text = text.rstrip("\n")
    first = _first_record(text)
    columns = list(_columns(first)) if first else []
    written = text.encode()
    ends = written.count(b"\n")
    lines = ends + (not text.endswith("\n"))
    if not columns or len({name for name, _, _ in columns}) < len(columns) or not _is_plain(written, ends):
        return None
    block = pl.Series([text], dtype=pl.String)
    if _rewrites_number(block):
        # A string without escapes holds no quote: a number after `":` is a value, its digits stay text.
        block = block.str.replace_all(_NUMBER, '":${1}"${2}"${3}')
        if _rewrites_number(block):
            return None
        written = block.item().encode()
    try:
        nested = pl.read_ndjson(written, schema=_schema(first))
    except pl.exceptions.PolarsError:
        return None
    frame = nested.select(value.alias(name) for name, _, value in columns)
    if (
        nested.height != lines
        or not _has_shape(written, lines, first)
        or _lacks_keys(written, block, frame, columns)
    ):
        return None
    return frame.with_columns(pl.int_range(first_line, first_line + lines, dtype=pl.Int64).alias(SOURCE_ROW))


def _first_record(text: str) -> dict[str, Any] | None:
    """The record of the first line, if it is one that all others can be shaped like."""
    try:
        end = text.find("\n")
        record = json.loads(text if end < 0 else text[:end], object_pairs_hook=_object)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs) or not record:
        raise ValueError("no key, or a key that stands twice")
    return record


def _rewrites_number(block: pl.Series) -> bool:
    """Whether a value, or what could be one, is a number that would not stay the text it is."""
    return block.str.contains(_REWRITTEN_NUMBER).item()


def _is_plain(text: bytes, ends: int) -> bool:
    """Whether there are no escapes, lists or control characters but for the ends of lines."""
    if b"\\" in text or b"[" in text:
        return False
    return sum(np.count_nonzero(part < _FIRST_PRINTABLE) for part in parts_at_hand(text)) == ends


def _has_shape(text: bytes, records: int, first: dict[str, Any]) -> bool:
    """Whether there are as many objects and keys as records like the first have."""
    objects = 1 + sum(isinstance(value, dict) for _, value in _items(first))
    keys = sum(1 for _ in _items(first))
    named = sum(np.count_nonzero(_names_end(part)) for part in parts_at_hand(text, beyond=1))
    return count_of(text, "{") == records * objects and named == records * keys


def _names_end(text: np.ndarray) -> np.ndarray:
    return (text[:-1] == ord('"')) & (text[1:] == ord(":"))


def _lacks_keys(text: bytes, block: pl.Series, frame: pl.DataFrame, columns: list[Column]) -> bool:
    """Whether some record has no value for a key because it does not hold the key."""
    nulls: dict[str, int] = {}
    for name, key, _ in columns:
        nulls[key] = nulls.get(key, 0) + frame[name].null_count()
    return any(
        count
        and text.count(f'"{key}":null'.encode()) != count
        and block.str.count_matches(f'"{re.escape(key)}":\\s*null').item() != count
        for key, count in nulls.items()
    )


def _items(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        yield key, value
        if isinstance(value, dict):
            yield from _items(value)


def _schema(record: dict[str, Any]) -> dict[str, pl.DataType]:
    return {
        key: pl.Struct(_schema(value)) if isinstance(value, dict) else pl.String()
        for key, value in record.items()
    }


def _columns(record: dict[str, Any], prefix: str = "", within: pl.Expr | None = None) -> Iterator[Column]:
    for key, value in record.items():
        here = pl.col(key) if within is None else within.struct.field(key)
        if isinstance(value, dict):
            yield from _columns(value, f"{prefix}{key}.", here)
        else:
            yield prefix + key, key, here
