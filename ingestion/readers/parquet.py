"""Parquet, in slices, as text: the mapping then treats it like any other file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

import polars as pl

from ingestion.profile import Format
from ingestion.readers.batch import SOURCE_ROW, Batch, Piece, RefusedFileError
from ingestion.readers.text import BLOCK_BYTES

_BYTES_PER_CELL = 16


def read_parquet(path: Path, fmt: Format, block_bytes: int = BLOCK_BYTES) -> Iterator[Piece]:
    """A Parquet file, slice by slice; every value is turned into text."""
    if path.stat().st_size == 0:
        raise RefusedFileError("empty", "the file is empty")
    try:
        start = 1
        for part in parquet_slices(path, block_bytes):
            yield partial(_batch, part, start)
            start += part.height
    except (pl.exceptions.ComputeError, OSError) as error:
        first_line = str(error).splitlines()[0]
        raise RefusedFileError(
            "truncated", f"not a whole Parquet file ({first_line}); fetch it again"
        ) from None


def _batch(part: pl.DataFrame, first_row: int) -> Batch:
    rows = as_text_columns(part)
    return Batch(rows.with_columns(pl.int_range(first_row, first_row + pl.len()).alias(SOURCE_ROW)))


def parquet_slices(path: Path, block_bytes: int) -> Iterator[pl.DataFrame]:
    """The rows of a Parquet file, about `block_bytes` at a time; an empty frame where it has none."""
    scan = pl.scan_parquet(path, glob=False)
    width = max(1, len(scan.collect_schema()))
    height = scan.select(pl.len()).collect().item()
    step = max(1, block_bytes // (width * _BYTES_PER_CELL))
    for start in range(0, max(height, 1), step):
        yield scan.slice(start, step).collect()


def as_text_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as the text that a person would write; structs become dotted columns, lists JSON."""
    columns: list[pl.Series] = []
    for series in frame.get_columns():
        if isinstance(series.dtype, pl.Struct):
            inner = series.struct.unnest()
            inner = inner.rename({name: f"{series.name}.{name}" for name in inner.columns})
            columns += as_text_columns(inner).get_columns()
        else:
            columns.append(series_text(series))
    return pl.DataFrame(columns, height=frame.height)


def series_text(series: pl.Series) -> pl.Series:
    """One column as text: whole floats without `.0`, no exponents, times in ISO form."""
    dtype = series.dtype
    if dtype.is_float():
        text = series.cast(pl.String).str.strip_suffix(".0")
        if not text.str.contains("e", literal=True).any():
            return text
        return text.map_elements(
            lambda value: f"{Decimal(value):f}" if "e" in value else value, return_dtype=pl.String
        )
    if isinstance(dtype, pl.Datetime):
        pattern = "%Y-%m-%dT%H:%M:%S%.6f"
        return series.dt.strftime(pattern if dtype.time_zone is None else pattern + "%:z")
    if isinstance(dtype, pl.List | pl.Array):
        texts = [
            None if items is None else json.dumps(items.to_list(), ensure_ascii=False, default=str)
            for items in series
        ]
        return pl.Series(series.name, texts, dtype=pl.String)
    return series.cast(pl.String)
