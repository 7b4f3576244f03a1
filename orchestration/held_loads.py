"""The landing as tonight may use it: a domain held back sees only the loads of the last published night."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ingestion.landing import Landing, Load


class LoadsAsPublished:
    """A landing in which the tables of some domains are as they were when they were last published."""

    def __init__(self, landing: Landing, domains: Collection[str], published: Collection[str]):
        self._landing = landing
        self._domains = frozenset(domains)
        self._published = frozenset(published)

    def loads(self, table: str | None = None) -> list[Load]:
        return [load for load in self._landing.loads(table) if self._may_use(load)]

    def current_paths(self, table: str) -> list[Path]:
        return [
            self._landing.rows_path(load)
            for load in self.loads(table)
            if load.rows_landed or load.rows_deleted
        ]

    def _may_use(self, load: Load) -> bool:
        return load.table.partition(".")[0] not in self._domains or load.load_id in self._published
