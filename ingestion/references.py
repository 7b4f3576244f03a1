"""Whether the records that a row refers to are known."""

from __future__ import annotations

import polars as pl

from ingestion.contract import Contract, load_contracts
from ingestion.quarantine import ROW, no_problems, value_problems
from ingestion.store import Landing


def awaited_tables(contract: Contract, connected: list[str]) -> list[str]:
    """The tables for whose records a row may have to wait; what no source fills is not waited for."""
    tables = {
        reference.table for reference in contract.references.values() if reference.unknown == "quarantine"
    }
    return sorted(tables & set(connected))


def check_references(
    index: pl.DataFrame, file: pl.LazyFrame, contract: Contract, landing: Landing, connected: list[str]
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Problems of rows that have to wait for a record, and per column the rows that name an unknown one.

    `index` holds some of a file's new rows, `file` all of them: a reference into the same table may be met
    by any of them. When no source fills the other table, nobody could ever be known: such rows land and are
    counted.
    """
    problems: list[pl.DataFrame] = [no_problems()]
    unknown_rows: dict[str, pl.Series] = {}
    alive = ~index["_is_deleted"]
    for name, reference in contract.references.items():
        is_own = reference.table == contract.table
        other = contract if is_own else load_contracts()[reference.table]
        known = landing.known_ids(other, reference.column, index[name])
        if is_own:
            known = pl.concat([known, _own_ids(file, reference.column, index[name])])
        unknown = index[name].is_not_null() & ~index[name].is_in(known.implode()) & alive
        if not unknown.any():
            continue
        if reference.unknown == "quarantine" and reference.table in connected:
            reasons = pl.select(pl.when(unknown).then(pl.lit("unknown_reference"))).to_series()
            problems.append(value_problems(index[ROW], f"{name} ({reference.table})", reasons, index[name]))
        else:
            unknown_rows[name] = index.filter(unknown)[ROW]
    found = pl.concat(problems)
    counted = {name: int((~rows.is_in(found[ROW].implode())).sum()) for name, rows in unknown_rows.items()}
    return found, {name: count for name, count in counted.items() if count}


def _own_ids(file: pl.LazyFrame, column: str, values: pl.Series) -> pl.Series:
    """Those of the values that a column of a file has in rows which are no deletions."""
    wanted = pl.LazyFrame({column: values.unique()})
    own = file.filter(~pl.col("_is_deleted")).select(column).join(wanted, on=column, how="semi")
    return own.unique().collect(engine="streaming").to_series()
