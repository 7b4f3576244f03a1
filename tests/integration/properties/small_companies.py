"""Small random companies with what is hard about real ones: ragged trees, part-timers, transfers, moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

FIRST_DAY = date(2025, 1, 1)
AS_OF = date(2025, 4, 18)
DAYS = [FIRST_DAY + timedelta(days=number) for number in range((AS_OF - FIRST_DAY).days + 1)]
SHARES = [Decimal(text) for text in ("0.1", "0.25", "0.3333", "0.5", "0.6", "0.8", "1")]
LEVELS = ("company", "division", "department", "team")

Rows = tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class SmallCompany:
    """Rows by canonical table."""

    tables: dict[str, Rows]

    def loads(self) -> dict[str, list[Rows]]:
        """Everything landed at once."""
        return {table: [rows] for table, rows in self.tables.items()}

    def with_rows(self, table: str, rows: Sequence[dict[str, Any]]) -> SmallCompany:
        """The same company with other rows in one table."""
        return replace(self, tables={**self.tables, table: tuple(rows)})


days = st.sampled_from(DAYS)
amounts = st.integers(-99_999, 99_999).map(lambda cents: Decimal(cents) / 100)


@st.composite
def small_companies(draw: st.DrawFn) -> SmallCompany:
    """A company of 3 to 6 people over fifteen weeks."""
    units = draw(_units())
    places = sorted({unit["org_unit_id"] for unit in units})
    positions = [
        {"position_id": f"P{number}", "title": "Post", "org_unit_id": draw(st.sampled_from(places))}
        for number in range(draw(st.integers(2, 5)))
    ]
    people = [f"E{number}" for number in range(draw(st.integers(3, 6)))]
    return SmallCompany(
        {
            "hr.org_units": tuple(units),
            "hr.positions": tuple(positions),
            "hr.employees": tuple(draw(_employee(person, people)) for person in people),
            "hr.employee_positions": tuple(
                spell
                for person in people
                for spell in draw(_holdings(person, [p["position_id"] for p in positions]))
            ),
            "hr.training_records": tuple(draw(_trainings(people))),
            "hr.working_time": tuple(draw(_working_time(people))),
            "finance.ledger_monthly": tuple(draw(_ledger(places))),
        }
    )


@st.composite
def _units(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A tree of any depth, one branch of which may move below another unit on some day."""
    rows = [{"org_unit_id": "U0", "name": "Company", "unit_level": "company"}]
    depth = {"U0": 0}
    for number in range(1, draw(st.integers(3, 7))):
        unit, parent = f"U{number}", draw(st.sampled_from(sorted(depth)))
        depth[unit] = depth[parent] + 1
        level = LEVELS[min(depth[unit], len(LEVELS) - 1)]
        rows.append({"org_unit_id": unit, "parent_id": parent, "name": unit, "unit_level": level})
    moving = draw(st.sampled_from(rows[1:]))
    # Below a unit that came before it: no loop.
    new_parent = f"U{draw(st.integers(0, int(moving['org_unit_id'][1:]) - 1))}"
    if new_parent != moving["parent_id"]:
        day = draw(days)
        rows.remove(moving)
        rows += [{**moving, "valid_to": day}, {**moving, "parent_id": new_parent, "valid_from": day}]
    return rows


@st.composite
def _employee(draw: st.DrawFn, person: str, people: list[str]) -> dict[str, Any]:
    above = people[: people.index(person)]
    hired_on = draw(st.one_of(st.just(date(2020, 5, 1)), days))
    left_on = draw(st.one_of(st.none(), st.none(), days))
    return {
        "employee_id": person,
        "hired_on": hired_on,
        "left_on": left_on if left_on and left_on > hired_on else None,
        "employment_type": draw(st.sampled_from(["permanent", "permanent", "contractor"])),
        "manager_id": draw(st.sampled_from(above)) if above else None,
    }


@st.composite
def _holdings(draw: st.DrawFn, person: str, positions: list[str]) -> list[dict[str, Any]]:
    """A main position with a transfer, perhaps another beside it, or none at all."""
    if draw(st.integers(0, 5)) == 0:
        return []
    first, second, beside = (draw(st.sampled_from(positions)) for _ in range(3))
    moved_on, share = draw(days), draw(st.sampled_from(SHARES))
    spells = [_spell(person, first, share, True, date(2020, 5, 1), None)]
    if second != first:
        spells = [
            _spell(person, first, share, True, date(2020, 5, 1), moved_on),
            _spell(person, second, draw(st.sampled_from(SHARES)), True, moved_on, None),
        ]
    if beside not in (first, second) and draw(st.booleans()):
        spells.append(_spell(person, beside, draw(st.sampled_from(SHARES)), False, draw(days), None))
    return spells


def _spell(
    person: str, position: str, share: Decimal, is_main: bool, start: date, end: date | None
) -> dict[str, Any]:
    return {
        "employee_id": person,
        "position_id": position,
        "fte_share": share,
        "is_primary": is_main,
        "valid_from": start,
        "valid_to": end,
    }


@st.composite
def _trainings(draw: st.DrawFn, people: list[str]) -> list[dict[str, Any]]:
    """Hours of training, some of them of somebody whom HR does not know."""
    who = st.sampled_from([*people, "ghost"])
    hours = st.integers(0, 9_999).map(lambda hundredths: Decimal(hundredths) / 100)
    records = draw(st.lists(st.tuples(who, days, hours), min_size=3, max_size=25))
    return [
        {"training_id": f"T{n}", "employee_id": p, "course": "C", "hours": h, "completed_on": d}
        for n, (p, d, h) in enumerate(records)
    ]


@st.composite
def _working_time(draw: st.DrawFn, people: list[str]) -> list[dict[str, Any]]:
    worked = draw(st.lists(st.tuples(st.sampled_from(people), days), min_size=3, max_size=25, unique=True))
    return [
        {
            "employee_id": person,
            "worked_on": day,
            "contract_hours": draw(st.sampled_from([Decimal(4), Decimal("7.5"), Decimal(8)])),
            "worked_hours": Decimal(8),
            "overtime_hours": draw(st.sampled_from([None, Decimal(0), Decimal("1.25"), Decimal(3)])),
        }
        for person, day in worked
    ]


@st.composite
def _ledger(draw: st.DrawFn, units: list[str]) -> list[dict[str, Any]]:
    months = st.sampled_from([date(2025, month, 1) for month in (1, 2, 3, 4)])
    classes = st.sampled_from(["revenue", "workforce_cost", "operating_expense", "tax"])
    keys = st.tuples(st.sampled_from([*units, "nowhere"]), months, classes)
    return [
        {"org_unit_id": unit, "month_on": month, "account_class": kind, "amount": draw(amounts)}
        for unit, month, kind in draw(st.lists(keys, min_size=3, max_size=20, unique=True))
    ]
