"""Whether the records that a row refers to are known."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ingestion.contract import Contract, load_contracts
from ingestion.load import Load
from ingestion.quarantine import ROW, no_problems, value_problems
from ingestion.store import Landing


def awaited_tables(contract: Contract, connected: list[str]) -> list[str]:
    """The tables for whose records a row may have to wait; what no source fills is not waited for."""
    tables = {
        reference.table for reference in contract.references.values() if reference.unknown == "quarantine"
    }
    return sorted(tables & set(connected))


def loads_to_try_again(loads: list[Load], contract: Contract, landing: Landing) -> list[Load]:
    """Those of some loads with waiting rows for which a record may have come that one of them waits for; or
    that wait for what the contract does not refer to any more.
    """
    known: dict[str, set[str]] = {}
    for name, reference in contract.references.items():
        awaited = {id for load in loads for id in (load.awaited or {}).get(name, ())}
        if awaited:
            ids = landing.known_ids(_referenced(contract, name), reference.column, pl.Series(sorted(awaited)))
            known[name] = awaited.intersection(ids)
    return [
        load
        for load in loads
        if load.awaited is None
        or any(name not in known or known[name].intersection(ids) for name, ids in load.awaited.items())
    ]


@dataclass(frozen=True)
class References:
    """What rows name: `problems` of those that have to wait, the ids they wait for by column, and by column
    how many others name an unknown record.
    """

    problems: pl.DataFrame
    awaited: dict[str, pl.Series]
    unknown: dict[str, int]


def check_references(
    index: pl.DataFrame, file: pl.LazyFrame, contract: Contract, landing: Landing, connected: list[str]
) -> References:
    """Whether the records that rows name are known.

    `index` holds some of a file's new rows, `file` all of them: a reference into the same table may be met
    by any of them. When no source fills the other table, nobody could ever be known: such rows land and are
    counted.
    """
    problems: list[pl.DataFrame] = [no_problems()]
    awaited: dict[str, pl.Series] = {}
    unknown_rows: dict[str, pl.Series] = {}
    alive = ~index["_is_deleted"]
    for name, reference in contract.references.items():
        known = landing.known_ids(_referenced(contract, name), reference.column, index[name])
        if reference.table == contract.table:
            known = pl.concat([known, _own_ids(file, reference.column, index[name])])
        unknown = index[name].is_not_null() & ~index[name].is_in(known.implode()) & alive
        if not unknown.any():
            continue
        if reference.unknown == "quarantine" and reference.table in connected:
            reasons = pl.select(pl.when(unknown).then(pl.lit("unknown_reference"))).to_series()
            awaited[name] = index[name].filter(unknown).unique()
            problems.append(value_problems(index[ROW], f"{name} ({reference.table})", reasons, index[name]))
        else:
            unknown_rows[name] = index.filter(unknown)[ROW]
    found = pl.concat(problems)
    counted = {name: int((~rows.is_in(found[ROW].implode())).sum()) for name, rows in unknown_rows.items()}
    return References(found, awaited, {name: count for name, count in counted.items() if count})


def _referenced(contract: Contract, column: str) -> Contract:
    """The contract of the table that a column refers to."""
    table = contract.references[column].table
    return contract if table == contract.table else load_contracts()[table]


def _own_ids(file: pl.LazyFrame, column: str, values: pl.Series) -> pl.Series:
    """Those of the values that a column of a file has in rows which are no deletions."""
    wanted = pl.LazyFrame({column: values.unique()})
    own = file.filter(~pl.col("_is_deleted")).select(column).join(wanted, on=column, how="semi")
    return own.unique().collect(engine="streaming").to_series()
