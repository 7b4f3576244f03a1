"""What has landed so far, as far as the next file needs it: identity, hash and place of the newest rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from ingestion.contract import Contract
from ingestion.versions import ARRIVAL, ROW_HASH, newest_per_key, version_columns


def identity_columns(contract: Contract) -> list[str]:
    """What is known of a landed row: key, version, hash, place, and whether it is a deletion."""
    return [*version_columns(contract), ROW_HASH, "_load_id", *ARRIVAL, "_is_deleted"]


@dataclass(frozen=True)
class KnownRows:
    """The newest landed row of each key and version, up to the load `sequence`: its `identity_columns`."""

    contract: Contract
    sequence: int
    by_version: pl.DataFrame

    @cached_property
    def by_key(self) -> pl.DataFrame:
        """The newest landed row of each key."""
        return newest_per_key(self.by_version, self.contract)

    def ids(self, column: str) -> pl.Series:
        """The distinct values of a column of the key among records that are not deleted."""
        return self.by_key.filter(~pl.col("_is_deleted"))[column].drop_nulls().unique()
