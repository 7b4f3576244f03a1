"""Reshaping a source's rows before they are mapped: lists to rows (explode), columns to rows (unpivot)."""

from __future__ import annotations

import fnmatch
import json

import polars as pl

from ingestion.profile import Explode, TableMapping, Unpivot
from ingestion.readers.batch import SOURCE_ROW, RefusedFileError, broken_rows, no_broken_rows
from ingestion.readers.records import flat_record, load_json


def shape(rows: pl.DataFrame, mapping: TableMapping) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows after explode and unpivot; and those whose list cannot be read."""
    broken = no_broken_rows()
    if mapping.explode:
        rows, broken = _explode(rows, mapping.explode)
    if mapping.unpivot:
        rows = _unpivot(rows, mapping.unpivot)
    return rows, broken


def made_columns(mapping: TableMapping) -> set[str]:
    """The columns that reshaping makes."""
    return {mapping.unpivot.name, mapping.unpivot.value} if mapping.unpivot else set()


def unpivoted(names: list[str], how: Unpivot) -> list[str]:
    """Which of the columns become rows."""
    return [name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in how.columns)]


def is_pattern(name: str) -> bool:
    """Whether a name is a pattern over several."""
    return any(char in name for char in "*?[")


def _explode(rows: pl.DataFrame, how: Explode) -> tuple[pl.DataFrame, pl.DataFrame]:
    if how.delimiter is not None:
        parts = pl.col(how.column).str.split(how.delimiter)
        rows = rows.with_columns(parts).explode(how.column)
        return rows.with_columns(pl.col(how.column).str.strip_chars()), no_broken_rows()
    items: list[dict[str, str | None]] = []
    origins: list[int] = []
    broken: list[tuple[int, str, str, str]] = []
    for at, (number, text) in enumerate(rows.select(SOURCE_ROW, how.column).iter_rows()):
        elements = _json_list(text)
        if elements is None:
            broken.append((number, "unreadable_row", f"{how.column} does not hold a JSON list", text))
            continue
        origins += [at] * len(elements)
        items += [flat_record({how.column: element}) for element in elements]
    names = dict.fromkeys([how.column, *(name for item in items for name in item)])
    columns = {name: pl.Series([item.get(name) for item in items], dtype=pl.String) for name in names}
    kept = rows.drop([name for name in names if name in rows.columns])
    return pl.concat([kept[origins], pl.DataFrame(columns)], how="horizontal"), broken_rows(broken)


def _json_list(text: str | None) -> list[object] | None:
    """The elements of a list; none for an empty value; None for what is not a list."""
    if text is None or not text.strip():
        return []
    try:
        value = load_json(text)
    except json.JSONDecodeError:
        return None
    return value if isinstance(value, list) else None


def _unpivot(rows: pl.DataFrame, how: Unpivot) -> pl.DataFrame:
    wide = unpivoted([name for name in rows.columns if name != SOURCE_ROW], how)
    if not wide:
        names = ", ".join(rows.drop(SOURCE_ROW).columns)
        raise RefusedFileError(
            "columns", f"unpivot: no column is called {', '.join(how.columns)}; found: {names}"
        )
    index = [name for name in rows.columns if name not in wide]
    for name in (how.name, how.value):
        if name in index:
            raise RefusedFileError(
                "mapping", f"unpivot: the file has a column {name!r} already; use another name"
            )
    long = rows.unpivot(wide, index=index, variable_name=how.name, value_name=how.value)
    return long.sort(SOURCE_ROW, maintain_order=True)
