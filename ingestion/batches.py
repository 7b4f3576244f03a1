"""What the rows of one batch come to by themselves: reshaped, mapped, checked, hashed.

Nothing here looks at another batch, so several can be on their way at once; what rows mean beside each other
is for the loader to say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import polars as pl

from ingestion.checks import check_rows
from ingestion.mapping import apply_filter, map_columns, with_null_tokens
from ingestion.plan import TablePlan
from ingestion.quarantine import ROW
from ingestion.readers import Batch, RefusedFileError
from ingestion.readers.batch import SOURCE_ROW
from ingestion.shaping import made_columns, shape
from ingestion.versions import row_hashes

_RESERVED = {ROW, SOURCE_ROW, "_reason", "_detail", "_source_file", "_source_text"}


@dataclass(frozen=True)
class JudgedBatch:
    """A batch taken to the contract.

    `good`: rows in the contract's types with `_row` (from 0 within the batch), `_source_row`, `_is_deleted`
    and their hash; `texts`: the same rows as they came. `bad`: rows that stay out, as they came, with reason
    and detail; `bad_keys`: the keys of those that have one. `in_file` rows were read, `filtered` of them not
    asked for, and `read` are numbered.
    """

    columns: list[str]
    good: pl.DataFrame
    texts: pl.DataFrame
    bad: pl.DataFrame
    bad_keys: pl.DataFrame
    in_file: int
    filtered: int
    read: int


def judge_batch(batch: Batch, plan: TablePlan) -> JudgedBatch:
    """A batch of a file. Raises RefusedFileError where its header is not what the mapping reads."""
    needed, optional = plan.columns
    if batch.complete_header:
        refuse_wrong_header(batch.columns, needed, plan)
    absent = sorted((needed | optional) - set(batch.columns) - made_columns(plan.mapping))
    rows = batch.rows.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
    rows, unshaped = shape(rows, plan.mapping)
    work = with_null_tokens(rows, plan.mapping)
    kept = apply_filter(work, plan.mapping)
    return _judged(
        plan,
        batch.columns,
        rows.filter(kept),
        work.filter(kept),
        [part for part in (batch.broken, unshaped) if part.height],
        in_file=batch.rows.height + batch.broken.height,
        filtered=int((~kept).sum()),
    )


def judge_again(rows: pl.DataFrame, columns: list[str], plan: TablePlan) -> JudgedBatch:
    """Rows that were judged before and waited for a record; `columns` are those of their file."""
    work = with_null_tokens(rows, plan.mapping)
    return _judged(plan, columns, rows, work, [], in_file=rows.height, filtered=0)


def refuse_wrong_header(columns: Collection[str], needed: set[str], plan: TablePlan) -> None:
    """Raises RefusedFileError where a file lacks columns, or has some that are kept for the landing."""
    clash = sorted(_RESERVED & set(columns))
    if clash:
        raise RefusedFileError("header", f"the column names {', '.join(clash)} are kept for the landing")
    missing = sorted(needed - set(columns))
    if missing:
        raise RefusedFileError(
            "columns",
            f"{plan.contract.table} expects the columns {', '.join(sorted(needed))}; missing: "
            f"{', '.join(missing)}; found: {', '.join(columns)}. Correct the export, or the mapping "
            f"in the profile",
        )


def with_problems(texts: pl.DataFrame | pl.LazyFrame, problems: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows that have a problem, as they stood in the file, with what it is."""
    if problems.height:
        rows = texts.lazy().join(problems.lazy(), on=ROW, how="inner", maintain_order="left")
        yield rows.drop(ROW).collect()


def below_each_other(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Frames whose columns may differ as one."""
    return pl.concat(frames, how="diagonal") if frames else pl.DataFrame()


def _judged(
    plan: TablePlan,
    columns: list[str],
    texts: pl.DataFrame,
    work: pl.DataFrame,
    broken: list[pl.DataFrame],
    *,
    in_file: int,
    filtered: int,
) -> JudgedBatch:
    """`texts` are rows as they came, `work` the same without null tokens, `broken` those without columns."""
    first = sum(part.height for part in broken)
    read = first + work.height
    numbers = pl.int_range(first, read, dtype=pl.Int64, eager=True).alias(ROW)
    texts, work = texts.with_columns(numbers), work.with_columns(numbers)
    mapped = map_columns(work, plan.mapping, plan.contract, plan.texts)
    checked = check_rows(work, mapped, plan.contract, plan.checks)
    is_bad = pl.col(ROW).is_in(checked.problems[ROW].implode())
    good = checked.rows.filter(~is_bad)
    return JudgedBatch(
        columns,
        good.with_columns(row_hashes(good, plan.contract)),
        texts.filter(~is_bad),
        below_each_other([*with_problems(texts, checked.problems), *broken]),
        checked.rows.filter(is_bad).select(plan.contract.key),
        in_file,
        filtered,
        read,
    )
