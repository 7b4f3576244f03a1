"""Lookups: other files of the source that turn a key into the value wanted.

A lookup may range over several files, take a SQL expression over the rows of a key (the first day a log
names somebody), and lead on to a further lookup (a surrogate key to a natural one, and that to the person).
"""

from __future__ import annotations

import glob
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from ingestion.digests import file_sha256
from ingestion.mapping import LookupTable, sql_columns
from ingestion.profile import Lookup
from ingestion.readers import RefusedFileError, read_file
from ingestion.readers.parquet import series_text


def lookup_files(lookup: Lookup, root: Path) -> list[Path]:
    """The files of a lookup by name; without any, whatever needs it is refused."""
    files = [root / name for name in sorted(glob.glob(lookup.file, root_dir=root)) if (root / name).is_file()]
    if not files:
        raise RefusedFileError("missing", f"the lookup file {root / lookup.file} does not exist")
    return files


def lookup_digests(lookup: Lookup, root: Path) -> Iterator[str]:
    """The content of all files that a lookup reads, those it leads on to included."""
    for file in lookup_files(lookup, root):
        yield file_sha256(file)
    if lookup.then:
        yield from lookup_digests(lookup.then, root)


def read_lookup(lookup: Lookup, root: Path) -> LookupTable:
    """Key → value, both text. A key with two different values would be a guess, so it refuses the lookup."""
    pairs = _pairs(lookup, _rows(lookup, root)).with_columns(
        pl.col("value").str.strip_chars().replace("", None)
    )
    twice = pairs.filter(pl.col("key").is_duplicated())["key"]
    if twice.len():
        where = root / lookup.file
        raise RefusedFileError(
            "mapping", f"lookup file {where}: {twice[0]!r} has several values; it must have one"
        )
    table = dict(pairs.iter_rows())
    if lookup.then is None:
        return table
    further = read_lookup(lookup.then, root)
    # A value that the further file does not know leaves its key unknown too.
    return {
        key: None if value is None else further[value]
        for key, value in table.items()
        if value is None or value in further
    }


def _rows(lookup: Lookup, root: Path) -> pl.DataFrame:
    """The columns that a lookup needs, of all its files, with trimmed keys."""
    value = lookup.value
    names = {
        lookup.key,
        *([value] if isinstance(value, str) else sql_columns(value.sql, "the lookup's value")),
    }
    frames: list[pl.DataFrame] = []
    for file in lookup_files(lookup, root):
        for batch in read_file(file, lookup.format):
            missing = sorted(names - set(batch.columns))
            if missing:
                raise RefusedFileError(
                    "columns",
                    f"lookup file {file}: no column {missing[0]!r}; found: {', '.join(batch.columns)}",
                )
            frames.append(batch.rows.select(sorted(names)))
    rows = pl.concat(frames) if frames else pl.DataFrame(schema=dict.fromkeys(sorted(names), pl.String))
    return rows.with_columns(pl.col(lookup.key).str.strip_chars().replace("", None)).drop_nulls(lookup.key)


def _pairs(lookup: Lookup, rows: pl.DataFrame) -> pl.DataFrame:
    """The distinct (key, value) pairs of the rows."""
    if isinstance(lookup.value, str):
        return rows.select(key=lookup.key, value=lookup.value).unique(maintain_order=True)
    try:
        grouped = rows.group_by(key=lookup.key).agg(pl.sql_expr(lookup.value.sql).alias("value"))
    except pl.exceptions.PolarsError as error:
        what = f"the lookup's value {lookup.value.sql!r} cannot be computed: {str(error).splitlines()[0]}"
        raise RefusedFileError("mapping", what) from None
    if isinstance(grouped.schema["value"], pl.List):
        grouped = grouped.explode("value")
    return grouped.with_columns(series_text(grouped["value"])).unique().sort("key")
