"""The organisation on the as-of day as the rules of responsibility need it: positions, units, holders.

Positions and units are those that have landed, or those of the company's files before anything has. People
are known only where they have landed; until then `holdings` and `employed` are None, and no rule speaks of
them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from quality.company import Company, Row, holds


@dataclass(frozen=True)
class Holding:
    """Somebody in a position: the full-time share, and since when."""

    employee_id: str
    position_id: str
    fte: Decimal
    is_primary: bool
    since: date | None


@dataclass(frozen=True)
class People:
    """A company's organisation on one day."""

    company: Company
    as_of: date

    @cached_property
    def positions(self) -> dict[str, Row]:
        """Positions that exist, by id; none where HR's positions are not connected."""
        return {row["position_id"]: row for row in self._in_force(self.company.register("hr.positions"))}

    @cached_property
    def units(self) -> dict[str, Row]:
        """Units that exist, by id."""
        return {row["org_unit_id"]: row for row in self._in_force(self.company.register("hr.org_units"))}

    @cached_property
    def employed(self) -> frozenset[str] | None:
        """Everybody who is employed."""
        rows = self.company.landed("hr.employees")
        if rows is None:
            return None
        return frozenset(
            row["employee_id"]
            for row in self._in_force(rows)
            if (row["hired_on"] is None or row["hired_on"] <= self.as_of)
            and (row["left_on"] is None or row["left_on"] > self.as_of)
        )

    @cached_property
    def holdings(self) -> list[Holding] | None:
        """What employed people hold; of repeated records of a holding the one that began last."""
        rows = self.company.landed("hr.employee_positions")
        if rows is None or self.employed is None:
            return None
        rows = sorted(self._in_force(rows), key=lambda row: row["valid_from"])
        newest = {(row["employee_id"], row["position_id"]): row for row in rows}
        return [
            Holding(employee, position, row["fte_share"], bool(row["is_primary"]), row["valid_from"])
            for (employee, position), row in sorted(newest.items())
            if employee in self.employed
        ]

    @cached_property
    def holders(self) -> dict[str, list[Holding]]:
        """Position → those who hold it."""
        found: dict[str, list[Holding]] = {}
        for holding in self.holdings or []:
            found.setdefault(holding.position_id, []).append(holding)
        return found

    @cached_property
    def main_positions(self) -> dict[str, Holding]:
        """Person → the main position: the one that is marked, else the one of the largest share."""
        ranked = sorted(
            self.holdings or [], key=lambda held: (not held.is_primary, -held.fte, held.position_id)
        )
        return {held.employee_id: held for held in reversed(ranked)}

    def chain(self, unit_id: str | None) -> list[str]:
        """A unit and the units above it, the nearest first."""
        found: list[str] = []
        while unit_id and unit_id in self.units and unit_id not in found:
            found.append(unit_id)
            unit_id = self.units[unit_id]["parent_id"]
        return found

    def branch(self, unit_id: str | None) -> str | None:
        """The unit right below the company that a unit belongs to; the company for its own positions."""
        above = self.chain(unit_id)
        return above[-2] if len(above) > 1 else above[0] if above else None

    def unit_of(self, subject_type: str, subject_id: str) -> str | None:
        """The unit of a carrier; None where it is unknown."""
        if subject_type == "org_unit":
            return subject_id
        if subject_type == "employee":
            held = self.main_positions.get(subject_id)
            subject_id = held.position_id if held else ""
        position = self.positions.get(subject_id)
        return position["org_unit_id"] if position else None

    def _in_force(self, rows: Iterable[Row]) -> list[Row]:
        return [row for row in rows if holds(row, self.as_of)]
