"""One mapping of one table, worked out once for all its files: what is read, mapped and checked, and how."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ingestion.checks import CheckPlan, plan_checks
from ingestion.contract import Contract
from ingestion.lookups import lookup_digests, read_lookup
from ingestion.mapping import TextPlan, needed_columns, plan_texts
from ingestion.profile import Profile, TableMapping


@dataclass(frozen=True)
class TablePlan:
    """How the files of one mapping become rows of one table. Lookup files are read when first needed."""

    source: str
    position: int  # which of the source's mappings of the table, from 0
    mapping: TableMapping
    contract: Contract
    root: Path
    time_zone: str
    is_snapshot: bool

    @cached_property
    def columns(self) -> tuple[set[str], set[str]]:
        """The columns that a file must have, and those that it may have."""
        return needed_columns(self.mapping, self.contract)

    @cached_property
    def texts(self) -> TextPlan:
        return plan_texts(self.mapping, self.contract, lambda lookup: read_lookup(lookup, self.root))

    @cached_property
    def checks(self) -> CheckPlan:
        return plan_checks(self.mapping, self.contract, self.time_zone)

    @cached_property
    def fingerprint(self) -> str:
        """Changes when the same file could give other rows. What lookup files hold is part of it."""
        how = self.mapping.model_dump(mode="json", exclude={"path", "rows"})
        parts = [json.dumps(how, sort_keys=True), self.time_zone, self.contract.fingerprint()]
        for column in (self.mapping.columns or {}).values():
            if column.lookup:
                parts += lookup_digests(column.lookup, self.root)
        return hashlib.sha256("|".join(parts).encode()).hexdigest()


def table_plans(profile: Profile, contract: Contract) -> Iterator[TablePlan]:
    """The mappings that fill a table, in the order of the profile."""
    positions: dict[str, int] = {}
    for source, mapping in profile.tables().get(contract.table, []):
        position = positions.get(source, 0)
        positions[source] = position + 1
        yield TablePlan(
            source=source,
            position=position,
            mapping=mapping,
            contract=contract,
            root=profile.source_root(source),
            time_zone=profile.time_zone,
            is_snapshot=profile.is_snapshot(source, mapping, contract.table),
        )
