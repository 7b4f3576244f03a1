"""The people of the sample company: who held which position on which day, and who led whom.

Every seat of a position is filled by one person after another. Whoever leaves a seat vacant for a while;
some seats move to another team in mid-month, and some people share their time between two positions.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np

from ingestion.sample.calendar import OPEN
from ingestion.sample.draws import Draws, key
from ingestion.sample.organisation import Organisation, Position

MAX_GENERATIONS = 10
RESTLESS_ROLES = frozenset({"service_agent", "assembler", "logistics_specialist", "sales_rep"})
CONTRACTED_ROLES = frozenset(
    {"assembler", "logistics_specialist", "it_engineer", "field_engineer", "test_engineer"}
)
REASONS = ("voluntary", "involuntary", "retirement", "end_of_contract", "other")
BEGINNING = 1


@dataclass(frozen=True)
class Person:
    """One employee; days are ordinals, `left` is the day after the last day and OPEN while employed."""

    id: str
    key: int
    hired: int
    left: int
    reason: str | None
    employment_type: str
    ability: float


@dataclass(frozen=True)
class Stint:
    """One person in one position from a day up to and without another."""

    person: Person
    position: Position
    share: float
    is_primary: bool
    first: int
    end: int


@dataclass
class People:
    """All employees hired by `until`, as HR knows them on that day."""

    org: Organisation
    persons: list[Person]
    stints: list[Stint]
    until: int
    _leaders: dict[str, list[tuple[int, int, str | None]]] = field(default_factory=dict)

    def leaders(self, unit_id: str) -> list[tuple[int, int, str | None]]:
        """Who leads a unit, as (first day, end, employee) without gaps; a vacancy is covered from above."""
        if unit_id not in self._leaders:
            own = sorted(
                (stint.first, stint.end, stint.person.id)
                for stint in self.stints
                if stint.position.leads and stint.position.unit == unit_id
            )
            self._leaders[unit_id] = _fill(own, self.leaders_above(unit_id))
        return self._leaders[unit_id]

    def leaders_above(self, unit_id: str) -> list[tuple[int, int, str | None]]:
        """Who leads the unit above a unit, through its reorganisations."""
        unit = self.org.units[unit_id]
        if unit.parent is None:
            return [(BEGINNING, OPEN, None)]
        moves = [(day.toordinal(), parent) for day, parent in unit.moves]
        starts = [BEGINNING, *(day for day, _ in moves)]
        parents = [unit.parent, *(parent for _, parent in moves)]
        spans = []
        for start, end, parent in zip(starts, [*starts[1:], OPEN], parents, strict=True):
            spans += clip(self.leaders(parent), start, end)
        return spans


def clip(spans: list[tuple], first: int, end: int) -> list[tuple]:
    """The parts of (first, end, value) spans that lie in [first, end)."""
    return [(max(a, first), min(b, end), value) for a, b, value in spans if a < end and b > first]


def _fill(own: list[tuple], above: list[tuple]) -> list[tuple]:
    """`own` spans with the gaps between them filled from `above`."""
    filled, reached = [], BEGINNING
    for first, end, value in own:
        if first > reached:
            filled += clip(above, reached, first)
        filled.append((first, end, value))
        reached = end
    return filled + (clip(above, reached, OPEN) if reached < OPEN else [])


@dataclass(frozen=True)
class _Seat:
    """A budgeted headcount: its position, where it moves, and the second position of whoever holds it."""

    position: Position
    moved_on: int
    moved_to: Position | None
    second: Position | None
    shares: tuple[float, float]


def _seats(org: Organisation, draws: Draws, start: int) -> list[_Seat]:
    positions = [position for position in org.positions.values() for _ in range(position.seats)]
    keys = np.arange(len(positions), dtype=np.uint64)
    kind, place = draws.uniform("seat/kind", keys), draws.uniform("seat/place", keys)
    moved_on = start + 45 + draws.integers("seat/moved_on", keys, 0, 1400)
    staff = [position for position in org.positions.values() if not position.leads]
    seats = []
    for i, position in enumerate(positions):
        twins = [p for p in staff if p.role == position.role and p.unit != position.unit]
        kin = [p for p in staff if p.family == position.family and p.unit != position.unit]
        moves = not position.leads and bool(twins) and kind[i] < 0.2
        splits = not position.leads and bool(kin) and kind[i] > 0.955
        seats.append(
            _Seat(
                position,
                int(moved_on[i]) if moves else OPEN,
                twins[int(place[i] * len(twins))] if moves else None,
                kin[int(place[i] * len(kin))] if splits else None,
                (0.8, 0.4) if kind[i] > 0.997 else (0.6, 0.4),
            )
        )
    return seats


def _leaving_hazard(position: Position) -> float:
    """Share of holders who leave per year."""
    if position.role == "ceo":
        return 1e-6
    if position.leads:
        return 0.06
    return 0.19 if position.role in RESTLESS_ROLES else 0.105


def _employment(position: Position, chance: float, splits: bool) -> str:
    if position.leads or splits:
        return "permanent"
    if position.role in CONTRACTED_ROLES and chance < 0.12:
        return "contractor"
    if chance > 0.96:
        return "part_time"
    return "fixed_term" if chance > 0.88 else "permanent"


def _reason(employment_type: str, hired: int, left: int, chance: float) -> str:
    if employment_type in ("fixed_term", "contractor") and chance < 0.6:
        return "end_of_contract"
    if left - hired > 10 * 365 and chance < 0.4:
        return "retirement"
    return REASONS[0] if chance < 0.8 else REASONS[1] if chance < 0.97 else REASONS[4]


def _generation(
    draws: Draws, seats: list[_Seat], opened: np.ndarray, number: int, start: int
) -> list[np.ndarray]:
    """Hiring and leaving day of the holder number `number` of every seat."""
    keys = key(np.arange(len(seats)), number)
    hazard = np.array([_leaving_hazard(seat.position) for seat in seats])
    tenure = 40 + draws.exponential("person/tenure", keys, 365.25 / hazard)
    if number == 0:
        # Who was there at the start came years before; the stay still counts from the start (no memory).
        service = np.minimum(draws.exponential("person/service", keys, 5 * 365.0), 24 * 365).astype(np.int64)
        hired = np.where(opened <= start, start - 20 - service, opened)
        return [hired, np.maximum(opened, start).astype(np.int64) + tenure.astype(np.int64)]
    return [opened, opened + tenure.astype(np.int64)]


def build_people(org: Organisation, draws: Draws, start: int, until: int) -> People:
    """All people hired by `until`; a leaving day after `until` is not known yet."""
    seats = _seats(org, draws, start)
    keys = np.arange(len(seats), dtype=np.uint64)
    leads = np.array([seat.position.leads for seat in seats])
    grows = draws.chance("seat/grows", keys, 0.16) & ~leads
    opened = np.where(grows, start + draws.integers("seat/opened", keys, 10, 1095), start)
    people = People(org, [], [], until)
    by_seat: list[list[Person]] = [[] for _ in seats]
    for number in range(MAX_GENERATIONS):
        hired, left = _generation(draws, seats, opened, number, start)
        for person, i in _holders(draws, seats, number, hired, left, until):
            by_seat[i].append(person)
        opened = left + draws.integers("seat/vacant", key(keys, number), 8, 85)
        if (opened > until).all():
            break
    for seat, holders in zip(seats, by_seat, strict=True):
        for person in holders:
            people.persons.append(person)
            people.stints += [stint for stint in _stints(seat, person) if stint.first <= until]
    return people


def _holders(
    draws: Draws, seats: list[_Seat], number: int, hired: np.ndarray, left: np.ndarray, until: int
) -> list[tuple[Person, int]]:
    """The holders number `number` of all seats who were hired by `until`, each with the index of the seat."""
    identities = (np.arange(len(seats)) + 1) * MAX_GENERATIONS + number
    kind, why = draws.uniform("person/type", identities), draws.uniform("person/reason", identities)
    ability = draws.lognormal("person/ability", identities, 1.0, 0.35)
    found = []
    for i in np.flatnonzero(hired <= until).tolist():
        seat, first, end, identity = seats[i], int(hired[i]), int(left[i]), int(identities[i])
        employment_type = _employment(seat.position, kind[i], seat.second is not None)
        gone = end <= until + 1
        reason = _reason(employment_type, first, end, why[i]) if gone else None
        person = Person(
            f"E{identity:06d}",
            identity,
            first,
            end if gone else OPEN,
            reason,
            employment_type,
            float(ability[i]),
        )
        found.append((person, i))
    return found


def _stints(seat: _Seat, person: Person) -> list[Stint]:
    """The positions that a holder of the seat fills."""
    if seat.second is not None:
        return [
            Stint(person, seat.position, seat.shares[0], True, person.hired, person.left),
            Stint(person, seat.second, seat.shares[1], False, person.hired, person.left),
        ]
    share = 0.5 if person.employment_type == "part_time" else 1.0
    if seat.moved_to is None or seat.moved_on >= person.left:
        return [Stint(person, seat.position, share, True, person.hired, person.left)]
    if seat.moved_on <= person.hired:
        return [Stint(person, seat.moved_to, share, True, person.hired, person.left)]
    return [
        Stint(person, seat.position, share, True, person.hired, seat.moved_on),
        Stint(person, seat.moved_to, share, True, seat.moved_on, person.left),
    ]


class Roster:
    """Picks who does a piece of work on a day: somebody of a group, the able more often."""

    def __init__(self, stints: list[Stint], groups: dict[str, list[str]]) -> None:
        by_position: dict[str, list[Stint]] = {}
        for stint in stints:
            by_position.setdefault(stint.position.id, []).append(stint)
        self.persons: list[Person] = []
        self._groups: dict[str, tuple[np.ndarray, ...]] = {}
        index: dict[str, int] = {}
        for name, positions in groups.items():
            members = [stint for position in positions for stint in by_position.get(position, [])]
            # By employee, so that somebody hired later never changes the order of those already there.
            members.sort(key=lambda stint: (stint.person.key, stint.first, stint.position.id))
            for stint in members:
                if stint.person.id not in index:
                    index[stint.person.id] = len(self.persons)
                    self.persons.append(stint.person)
            self._groups[name] = (
                np.array([stint.first for stint in members], dtype=np.int64),
                np.array([stint.end for stint in members], dtype=np.int64),
                np.array([stint.share * stint.person.ability for stint in members]),
                np.array([index[stint.person.id] for stint in members], dtype=np.int64),
            )
        self.ids = np.array([person.id for person in self.persons], dtype=object)
        self.ability = np.array([person.ability for person in self.persons])

    def strength(self, group: str, day: int) -> float:
        """Full-time equivalents of a group on a day, whatever their ability."""
        first, end, weight, who = self._groups[group]
        present = (first <= day) & (day < end)
        return float((weight[present] / self.ability[who[present]]).sum())

    def pick(self, group: str, days: np.ndarray, chances: np.ndarray) -> np.ndarray:
        """Index into `persons` for each day and chance in (0, 1); -1 where nobody of the group is there."""
        first, end, weight, who = self._groups[group]
        picked = np.full(len(days), -1, dtype=np.int64)
        order = np.argsort(days, kind="stable")
        edges = np.searchsorted(days[order], np.unique(days))
        for part in np.split(order, edges[1:]):
            if not len(part):
                continue
            present = np.flatnonzero((first <= days[part[0]]) & (days[part[0]] < end))
            if len(present):
                ladder = np.cumsum(weight[present])
                step = np.searchsorted(ladder, chances[part] * ladder[-1], side="right")
                picked[part] = who[present[np.minimum(step, len(present) - 1)]]
        return picked


def value_on(spans: list[tuple[int, int, str | None]], day: int) -> str | None:
    """The value of gapless spans on a day."""
    return spans[bisect_right([first for first, _, _ in spans], day) - 1][2]
