"""The contract at the door: types, empty keys, required columns, allowed values, limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from ingestion.contract import Column, Contract
from ingestion.mapping import DELETED, Mapped, column_mappings
from ingestion.profile import TableMapping
from ingestion.quarantine import ROW, by_row, value_problems
from ingestion.readers.batch import SOURCE_ROW
from ingestion.values import Reading, reading

_TEXT = " text"  # ends the name of a column that holds what a value was read from


@dataclass(frozen=True)
class Checked:
    """A batch judged.

    `rows`: every row in the contract's types, with `_row`, `_source_row`, `_is_deleted`. `problems`: one row
    per bad row with `_row`, `_reason`, `_detail`.
    """

    rows: pl.DataFrame
    problems: pl.DataFrame


@dataclass(frozen=True)
class CheckPlan:
    """How a contract's columns are read and judged, worked out once for all files of a mapping."""

    readings: dict[str, Reading]
    values: list[pl.Expr]
    conditions: list[tuple[str, str, pl.Expr]]  # column, reason, where the contract refuses the value


def plan_checks(mapping: TableMapping, contract: Contract, time_zone: str) -> CheckPlan:
    """How each contract column of a mapping is read and checked, worked out once for all its files."""
    mappings = column_mappings(mapping, contract)
    readings: dict[str, Reading] = {}
    for name, column in contract.columns.items():
        how = mappings.get(name)
        readings[name] = reading(
            pl.col(name),
            column,
            formats=how.parse if how else (),
            decimal=(how and how.decimal) or mapping.decimal,
            time_zone=(how and how.time_zone) or mapping.time_zone or time_zone,
        )
    is_deleted = pl.col(DELETED).str.to_lowercase().is_in(["true", "1"]).fill_null(False)
    values = [how.value.alias(name) for name, how in readings.items()]
    conditions = [
        (name, reason, condition)
        for name, column in contract.columns.items()
        for reason, condition in _conditions(name, column, is_key=name in contract.key)
    ]
    return CheckPlan(readings, [*values, is_deleted.alias("_is_deleted")], conditions)


def check_rows(work: pl.DataFrame, mapped: Mapped, contract: Contract, plan: CheckPlan) -> Checked:
    """Type and judge mapped rows. A delete marker needs its key and nothing else."""
    texts = mapped.texts
    rows = texts.lazy().select(plan.values).collect()
    rows = rows.with_columns(work[ROW], work[SOURCE_ROW])
    rows, unread = _read_again(texts, rows, plan.readings)
    problems = [*unread, *_refused(texts, rows, plan)]
    order = list(contract.columns)
    problems.sort(key=lambda problem: order.index(problem[0]))
    of_key = [problem for name, problem in problems if name in contract.key]
    of_others = [*mapped.problems, *(problem for name, problem in problems if name not in contract.key)]
    if of_others and rows["_is_deleted"].any():
        alive = rows.filter(~pl.col("_is_deleted"))[ROW].implode()
        of_others = [problem.filter(pl.col(ROW).is_in(alive)) for problem in of_others]
    return Checked(rows, by_row([*of_key, *of_others]))


def _read_again(
    texts: pl.DataFrame, rows: pl.DataFrame, readings: dict[str, Reading]
) -> tuple[pl.DataFrame, list[tuple[str, pl.DataFrame]]]:
    """The rows with what further readings read; and, by column, the texts that nothing reads."""
    problems: list[tuple[str, pl.DataFrame]] = []
    for name, how in readings.items():
        if rows[name].null_count() == texts[name].null_count():
            continue
        unread = (rows[name].is_null() & texts[name].is_not_null()).arg_true()
        bad = texts.select(name)[unread]
        for further in how.further:
            values = bad.with_columns(further.alias(name))[name]
            rows = rows.with_columns(rows[name].scatter(unread, values))
            unread, bad = unread.filter(values.is_null()), bad.filter(values.is_null())
            if not bad.height:
                break
        reasons = bad.with_columns(how.reason.alias("reason"))["reason"]
        problems.append((name, value_problems(rows[ROW][unread], name, reasons, bad[name])))
    return rows, problems


def _refused(texts: pl.DataFrame, rows: pl.DataFrame, plan: CheckPlan) -> Iterator[tuple[str, pl.DataFrame]]:
    """The values that the contract refuses, by column; not those whose text could not be read."""
    both = rows.with_columns(texts.select(pl.all().name.suffix(_TEXT)))
    found = both.lazy().select(
        condition.any().alias(str(number)) for number, (_, _, condition) in enumerate(plan.conditions)
    )
    for holds, (name, reason, condition) in zip(found.collect().row(0), plan.conditions, strict=True):
        if holds:
            bad = both.filter(condition)
            reasons = pl.repeat(reason, bad.height, dtype=pl.String, eager=True)
            yield name, value_problems(bad[ROW], name, reasons, bad[f"{name}{_TEXT}"])


def _conditions(name: str, column: Column, *, is_key: bool) -> Iterator[tuple[str, pl.Expr]]:
    value = pl.col(name)
    if column.required:
        yield "null_key" if is_key else "missing_value", pl.col(f"{name}{_TEXT}").is_null()
    if column.allowed is not None:
        yield "not_allowed", ~value.is_in(list(column.allowed))
    if column.minimum is not None:
        yield "out_of_range", value < pl.lit(column.minimum)
    if column.maximum is not None:
        yield "out_of_range", value > pl.lit(column.maximum)
