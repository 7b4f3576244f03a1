"""From a source's columns to the contract's: the mapping of a profile, applied to one batch of rows.

All of it works on text; what the text means is for `values` and `checks` to say.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import polars as pl

from ingestion.contract import Contract
from ingestion.digests import digest
from ingestion.profile import ColumnMapping, Lookup, TableMapping
from ingestion.quarantine import ROW, value_problems
from ingestion.readers.batch import RefusedFileError
from ingestion.readers.parquet import series_text
from ingestion.shaping import is_pattern, made_columns, unpivoted

DELETED = "_deleted"

LookupTable = dict[str, str | None]
_ABSENT = ColumnMapping(value=None)


@dataclass(frozen=True)
class Mapped:
    """A batch in the contract's columns, still text; `problems` are those of maps and lookups."""

    texts: pl.DataFrame
    problems: list[pl.DataFrame]


@dataclass(frozen=True)
class TextPlan:
    """How a mapping makes the contract's columns, worked out once for all files.

    `texts`: an expression per column. `sql`: the expressions that people wrote, computed before. `made_key`:
    the column that the mapping's `key` makes. `unknown`: column and words that its map or lookup lacks.
    """

    sql: dict[str, str]
    made_key: str | None
    texts: list[pl.Expr]
    unknown: dict[str, tuple[str, pl.Expr]]


def column_mappings(mapping: TableMapping, contract: Contract) -> dict[str, ColumnMapping]:
    """The mapping of each contract column. `columns: same` takes every column by its own name."""
    if mapping.columns is not None:
        return mapping.columns
    return {
        name: ColumnMapping(from_=name, optional=not column.required)
        for name, column in contract.columns.items()
    }


def sql_columns(sql: str, what: str) -> list[str]:
    """The source columns that an expression names."""
    try:
        return pl.sql_expr(sql).meta.root_names()
    except pl.exceptions.PolarsError as error:
        raise RefusedFileError(
            "mapping", f"{what}: {sql!r} is not a SQL expression: {_first_line(error)}"
        ) from None


def needed_columns(mapping: TableMapping, contract: Contract) -> tuple[set[str], set[str]]:
    """The columns that the source must have, and those that it may have (patterns left out)."""
    needed: set[str] = set(mapping.key)
    optional: set[str] = set()
    for name, column in column_mappings(mapping, contract).items():
        if column.from_ is not None:
            (optional if column.optional else needed).add(column.from_)
        elif column.sql is not None:
            needed.update(sql_columns(column.sql, f"the expression of {name}"))
    if mapping.filter:
        needed.update(sql_columns(mapping.filter, "filter"))
    if mapping.explode:
        prefix = f"{mapping.explode.column}."
        needed = {name for name in needed if not name.startswith(prefix)} | {mapping.explode.column}
    needed -= made_columns(mapping)
    if mapping.unpivot:
        needed |= {name for name in mapping.unpivot.columns if not is_pattern(name)}
    return needed, optional - needed - made_columns(mapping)


def unused_columns(found: list[str], mapping: TableMapping, contract: Contract) -> list[str]:
    """Columns of the file that the mapping leaves aside: reported, never fatal."""
    needed, optional = needed_columns(mapping, contract)
    used = needed | optional | set(unpivoted(found, mapping.unpivot) if mapping.unpivot else ())
    return [name for name in found if name not in used]


def with_null_tokens(rows: pl.DataFrame, mapping: TableMapping) -> pl.DataFrame:
    """The rows with the table's null tokens (and empty text) as NULL."""
    text = pl.col(pl.String)
    return rows.with_columns(pl.when(_has_value(text.str.strip_chars(), mapping.nulls)).then(text))


def _has_value(stripped: pl.Expr, nulls: Collection[str]) -> pl.Expr:
    # One comparison takes a fifth of looking a text up in a list.
    return ~stripped.is_in(["", *nulls]) if nulls else stripped != ""


def apply_filter(work: pl.DataFrame, mapping: TableMapping) -> pl.Series:
    """Which rows the table takes. A filter that comes out NULL does not take the row."""
    if not mapping.filter:
        return pl.repeat(True, work.height, dtype=pl.Boolean, eager=True)
    kept = _evaluate(work, {"filter": mapping.filter})["filter"]
    if kept.dtype != pl.Boolean:
        what = f"filter: {mapping.filter!r} is not a condition (it gives {kept.dtype})"
        raise RefusedFileError("mapping", what)
    return kept.fill_null(False)


def plan_texts(
    mapping: TableMapping, contract: Contract, lookup: Callable[[Lookup], LookupTable]
) -> TextPlan:
    """The contract's columns as expressions over rows whose null tokens are NULL already."""
    mappings = column_mappings(mapping, contract)
    sql = {name: column.sql for name, column in mappings.items() if column.sql is not None}
    made_key = None
    if mapping.key:
        (made_key,) = (name for name in contract.key if name not in mappings)
        mappings = {**mappings, made_key: ColumnMapping(from_=_computed(made_key))}
    texts: list[pl.Expr] = []
    unknown: dict[str, tuple[str, pl.Expr]] = {}
    for name in [*contract.columns, DELETED]:
        column = mappings.get(name, _ABSENT)
        text = _clean(_origin(name, column), column)
        for table in _tables(column, lookup):
            translated = _translated(text, table, keep=column.unmapped == "keep")
            if column.unmapped == "quarantine":
                is_unknown = text.is_not_null() & translated.is_null()
                if None in table.values():
                    is_unknown &= ~text.is_in(list(table))
                unknown[f"{len(unknown)} {name}"] = name, pl.when(is_unknown).then(text)
            text = translated
        texts.append(text.alias(name))
    return TextPlan(sql, made_key, texts, unknown)


def map_columns(work: pl.DataFrame, mapping: TableMapping, contract: Contract, plan: TextPlan) -> Mapped:
    """The contract's columns as text."""
    made = [series_text(series).alias(_computed(name)) for name, series in _evaluate(work, plan.sql).items()]
    if plan.made_key:
        made.append(_made_key(work, mapping).alias(_computed(plan.made_key)))
    flags = [text.alias(flag) for flag, (_, text) in plan.unknown.items()]
    mapped = work.with_columns(made).lazy().select(*plan.texts, *flags).collect()
    problems = [
        value_problems(work[ROW], name, _reason_where_any(mapped[flag]), mapped[flag])
        for flag, (name, _) in plan.unknown.items()
        if mapped[flag].null_count() < work.height
    ]
    return Mapped(mapped.select(*contract.columns, DELETED), problems)


def _computed(name: str) -> str:
    """Where an expression's result stands among the source's columns."""
    return f"\x1f{name}"


def _origin(name: str, column: ColumnMapping) -> pl.Expr:
    if column.sql is not None:
        return pl.col(_computed(name))
    if column.from_ is not None:
        return pl.col(column.from_)
    return pl.lit(series_text(pl.Series([column.value])).item(), dtype=pl.String)


def _evaluate(work: pl.DataFrame, expressions: dict[str, str]) -> dict[str, pl.Series]:
    """SQL expressions over a batch. What is wrong with one is said with the name it stands under."""
    results: dict[str, pl.Series] = {}
    for name, sql in expressions.items():
        try:
            results[name] = work.with_columns(pl.sql_expr(sql).alias("_computed"))["_computed"]
        except pl.exceptions.PolarsError as error:
            raise RefusedFileError(
                "mapping",
                f"{name}: {sql!r} cannot be computed: {_first_line(error)}. The source's columns are text: "
                f"write CAST(column AS INT) or the like",
            ) from None
    return results


def _clean(text: pl.Expr, column: ColumnMapping) -> pl.Expr:
    """Trimmed text with empty text and the column's null tokens as NULL, in the case asked for."""
    stripped = text.str.strip_chars()
    trimmed = stripped if column.trim else text
    # Of the source's own columns the empty texts are NULL already.
    has_null_tokens = column.from_ is None or column.nulls
    text = pl.when(_has_value(stripped, column.nulls)).then(trimmed) if has_null_tokens else trimmed
    if column.case == "upper":
        return text.str.to_uppercase()
    return text.str.to_lowercase() if column.case == "lower" else text


def _tables(column: ColumnMapping, lookup: Callable[[Lookup], LookupTable]) -> Iterator[LookupTable]:
    if column.map is not None:
        yield column.map
    if column.lookup is not None:
        yield lookup(column.lookup)


def _translated(text: pl.Expr, table: LookupTable, *, keep: bool) -> pl.Expr:
    if not table:
        return text if keep else pl.lit(None, dtype=pl.String)
    return text.replace_strict(table, default=text if keep else None, return_dtype=pl.String)


def _reason_where_any(words: pl.Series) -> pl.Series:
    return pl.select(pl.when(words.is_not_null()).then(pl.lit("unmapped_value"))).to_series()


def _made_key(work: pl.DataFrame, mapping: TableMapping) -> pl.Series:
    """An identifier from the columns that together identify the row; NULL when all of them are."""
    parts = [pl.col(name).str.strip_chars().fill_null("\x1e") + "\x1f" for name in mapping.key]
    is_known = pl.any_horizontal(pl.col(mapping.key).is_not_null())
    return work.select(pl.when(is_known).then(digest(pl.concat_str(parts), 20))).to_series()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
