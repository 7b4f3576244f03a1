"""Which rows say something new: row hashes, exact duplicates, repeated keys, newest versions.

Two rows are the same when their hashes are. The hash does not depend on polars, Python or the machine:
the first 32 digits of SHA-256 over the text `name=value\\x1f` of every column that has a value, in the order
of the names, `_deleted=1` last for a delete marker; a \\x1f within a value is doubled. Numbers are written
with all places of their scale, a date as the days since 1970-01-01, a time as the microseconds since then in
UTC. A column without a value adds nothing, so a column added to a contract leaves the hashes of older rows as
they are.
"""

from __future__ import annotations

import polars as pl

from ingestion.contract import Column, Contract
from ingestion.digests import digest
from ingestion.quarantine import ROW

ROW_HASH = "_row_hash"
_SEPARATOR = "\x1f"
# The order in which the versions of a record follow each other, after `version_by`.
ARRIVAL = ("_sequence", "_source_row")


def row_hashes(rows: pl.DataFrame, contract: Contract) -> pl.Series:
    """The hash of every row: 32 hexadecimal digits."""
    parts = [_hash_part(rows, name, contract.columns[name]) for name in sorted(contract.columns)]
    marker = pl.when(pl.col("_is_deleted")).then(pl.lit(f"_deleted=1{_SEPARATOR}"))
    text = pl.concat_str([*parts, marker], ignore_nulls=True)
    return rows.select(digest(text, 32).alias(ROW_HASH)).to_series()


def _hash_part(rows: pl.DataFrame, name: str, column: Column) -> pl.Expr:
    text = pl.col(name)
    if column.type in ("date", "timestamp"):
        text = text.to_physical()  # a tenth of what it takes to write them in ISO form
    if column.type == "string" and _SEPARATOR in rows[name].str.join().item():
        text = text.str.replace_all(_SEPARATOR, _SEPARATOR * 2, literal=True)
    return pl.format(f"{name}={{}}{_SEPARATOR}", text.cast(pl.String))


def version_columns(contract: Contract) -> list[str]:
    """The columns that name one version of a record: its key and, if there is one, what orders versions."""
    extra = [contract.version_by] if contract.version_by and contract.version_by not in contract.key else []
    return [*contract.key, *extra]


def newest_per_version(landed: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Of rows landed, the one that arrived last for each key and version."""
    return landed.sort(ARRIVAL).unique(version_columns(contract), keep="last", maintain_order=True)


def newest_per_key(landed: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Of rows landed, the newest of each key: by `version_by` (empty first), then by arrival."""
    order = [contract.version_by] if contract.version_by else []
    newest = landed.sort([*order, *ARRIVAL], nulls_last=False)
    return newest.unique(contract.key, keep="last", maintain_order=True)


def bare_markers(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """The keys of delete markers that hold no version."""
    return rows.filter(_is_bare(contract)).select(contract.key).unique()


def with_versions_of_deletions(rows: pl.DataFrame, seen: pl.LazyFrame, contract: Contract) -> pl.DataFrame:
    """Rows whose delete markers have a version; `seen` are rows before them, of this file and landed.

    A marker often holds nothing but the key. Without a version it would count as older than what it
    deletes, so it takes the version of the newest row before it.
    """
    version = contract.version_by
    newest = seen.group_by(contract.key).agg(pl.col(version).max().alias("_seen_version")).collect()
    known = rows.join(newest, on=contract.key, how="left", nulls_equal=True, maintain_order="left")
    earlier = pl.col(version).cum_max().forward_fill().over(contract.key)
    filled = pl.when(_is_bare(contract)).then(pl.max_horizontal(earlier, "_seen_version")).otherwise(version)
    return known.with_columns(filled.alias(version)).drop("_seen_version")


def _is_bare(contract: Contract) -> pl.Expr:
    version = contract.version_by
    if version is None or version in contract.key:
        return pl.lit(False)
    return pl.col("_is_deleted") & pl.col(version).is_null()


def verdicts(candidates: pl.DataFrame, landed: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """What becomes of each good row: column `verdict` is new, same_file, duplicate or repeated_key.

    `is_known` says whether its key and version have landed.

    `candidates` are a file's good rows in file order with `_row_hash`; `landed` what `newest_per_version`
    gives. same_file: equal to an earlier row of the file. duplicate: equal to the newest landed row of its
    key and version. repeated_key: the file holds several contents for the key and version.
    """
    version = version_columns(contract)
    known = landed.select(*version, pl.col(ROW_HASH).alias("_landed_hash"))
    first, contents = pl.col(ROW_HASH).is_first_distinct(), pl.col(ROW_HASH).n_unique().over(version)
    # Most files repeat no key, and so no row: then looking for either is saved.
    if candidates.select(version).n_unique() == candidates.height:
        first, contents = pl.lit(True), pl.lit(1)
    judged = candidates.with_columns(_first=first).join(
        known, on=version, how="left", nulls_equal=True, maintain_order="left"
    )
    verdict = (
        pl.when(~pl.col("_first"))
        .then(pl.lit("same_file"))
        .when(contents > 1)
        .then(pl.lit("repeated_key"))
        .when((pl.col(ROW_HASH) == pl.col("_landed_hash")).fill_null(False))
        .then(pl.lit("duplicate"))
        .otherwise(pl.lit("new"))
    )
    return judged.select(ROW, verdict=verdict, is_known=pl.col("_landed_hash").is_not_null())
