"""What has landed so far, as far as the next file needs it: identity, hash and place of the newest rows."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import polars as pl

from ingestion.contract import Contract
from ingestion.versions import ARRIVAL, ROW_HASH, newest_per_key, version_columns


def identity_columns(contract: Contract) -> list[str]:
    """What is known of a landed row: key, version, hash, place, and whether it is a deletion."""
    return [*version_columns(contract), ROW_HASH, "_load_id", *ARRIVAL, "_is_deleted"]


@dataclass(frozen=True)
class KnownRows:
    """The newest landed row of each key and version, up to the load `sequence`: its `identity_columns`.

    Of all records of a table, or of those that were asked for.
    """

    contract: Contract
    sequence: int
    by_version: pl.DataFrame

    @property
    def by_key(self) -> pl.DataFrame:
        """The newest landed row of each key."""
        if version_columns(self.contract) == list(self.contract.key):
            return self.by_version
        return newest_per_key(self.by_version, self.contract)

    @property
    def alive(self) -> pl.DataFrame:
        """The newest landed row of each key that is not deleted."""
        return self.by_key.filter(~pl.col("_is_deleted"))

    def ids(self, column: str) -> pl.Series:
        """The distinct values of a column of the key among records that are not deleted."""
        return self.alive[column].drop_nulls().unique()


class RowCache:
    """What was read of tables, up to so many rows in all; what nobody asked for longest goes first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: dict[Hashable, tuple[Any, int]] = {}

    @property
    def rows(self) -> int:
        """The rows held now."""
        return sum(rows for _, rows in self._kept.values())

    def get(self, name: Hashable) -> Any:
        """What is kept under a name, or None."""
        if name not in self._kept:
            return None
        self._kept[name] = self._kept.pop(name)
        return self._kept[name][0]

    def put(self, name: Hashable, value: Any, rows: int) -> None:
        """Keep a value of so many rows, in place of the one before it."""
        self.drop(name)
        self._kept[name] = (value, rows)
        while self.rows > self._limit:
            self.drop(next(iter(self._kept)))

    def drop(self, name: Hashable) -> None:
        """Forget a value, if it is kept."""
        self._kept.pop(name, None)
