"""What a plan rests on, read from a published night: the metric, who sits where, and what was brought
so far.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from ingestion.working_days import working_day
from planning.allocation import PlanningError
from planning.calendarisation import overlap, periods_of
from planning.cascade import FTE_PLACES, Seat, Subject
from publishing.periods import Period
from publishing.reader import PublishedNight

PAST_YEARS = 3
RECENT_MONTHS = 12
FIGURE_PLACES = 6
BEGINNING, END = date(1900, 1, 1), date(9999, 12, 31)


@dataclass(frozen=True)
class Ground:
    """The organisation of one night as far as one plan year and the months before it are concerned."""

    night: PublishedNight
    year: int

    @cached_property
    def run(self) -> dict[str, Any]:
        """The night's own row: as-of day, time zone and currency."""
        [row] = self.night.rows("SELECT * FROM marts.run_info")
        return row

    @cached_property
    def months(self) -> list[Period]:
        """The whole months before the plan that the night knows, three years of them at most, oldest
        first.
        """
        [known] = self.night.rows("SELECT min(date_day) AS first FROM marts.dim_date")
        years = range(self.year - PAST_YEARS, self.year)
        return [
            month
            for year in years
            for month in periods_of(year, "month")["month"]
            if month.start >= known["first"] and month.end <= self.run["as_of"]
        ]

    @cached_property
    def types(self) -> dict[str, str]:
        """Kind of each org unit, as last recorded."""
        rows = self.night.rows(
            "SELECT org_unit_id, subject_type FROM marts.dim_org_unit ORDER BY valid_from NULLS FIRST"
        )
        return {row["org_unit_id"]: row["subject_type"] for row in rows}

    @cached_property
    def names(self) -> dict[Subject, tuple[str | None, str | None]]:
        """What units and positions are called, in English and Chinese. People are pseudonyms."""
        units = self.night.rows(
            "SELECT subject_type AS kind, org_unit_id AS id, name, name_zh "
            "FROM marts.dim_org_unit ORDER BY valid_from NULLS FIRST"
        )
        positions = self.night.rows(
            "SELECT 'position' AS kind, position_id AS id, title AS name, title_zh AS name_zh "
            "FROM marts.dim_position ORDER BY valid_from NULLS FIRST"
        )
        return {
            Subject(row["kind"], row["id"]): (row["name"], row["name_zh"]) for row in [*units, *positions]
        }

    def works(self, day: date) -> bool:
        """Whether people work on a day; beyond the published calendar by the same rule."""
        if day in self._calendar:
            return self._calendar[day]
        return working_day(day, self.run["time_zone"])[0]

    def root(self, kind: str, name: str | None) -> Subject:
        """The subject that a plan starts from; without an id the only unit of that kind.

        Raises PlanningError for a subject that is not there, and for a kind that several units have.
        """
        known = {*(Subject(kind, unit) for unit, kind in self.types.items())}
        known |= {subject for subject in self.names if subject.type == "position"}
        found = sorted(subject for subject in known if subject.type == kind and name in (None, subject.id))
        if len(found) == 1:
            return found[0]
        listed = ", ".join(map(str, found or sorted(known)))
        if not found:
            wanted = f"{kind} {name}" if name else kind
            raise PlanningError(
                f"There is no {wanted} to plan for. Known are: {_short(listed)}.", f"没有该对象：{wanted}。"
            )
        raise PlanningError(
            f"There are {len(found)} of {kind}: name one as TYPE:ID ({_short(listed)}).",
            f"有 {len(found)} 个 {kind}，请用 TYPE:ID 指明一个。",
        )

    @cached_property
    def _calendar(self) -> dict[date, bool]:
        rows = self.night.rows("SELECT date_day, is_workday FROM marts.dim_date")
        return {row["date_day"]: row["is_workday"] for row in rows}

    @cached_property
    def _holdings(self) -> list[Seat]:
        """Every seat from the company down, in the plan year and the months before."""
        first = self.months[0].start if self.months else date(self.year, 1, 1)
        rows = self.night.rows(
            "SELECT h.employee_id, h.position_id, h.fte_share, u.path, "
            "greatest(coalesce(h.valid_from, $beginning), coalesce(u.valid_from, $beginning)) AS start, "
            "least(coalesce(h.valid_to, $ending), coalesce(u.valid_to, $ending)) AS stop "
            "FROM marts.bridge_employee_position AS h "
            "INNER JOIN marts.dim_org_unit AS u ON h.org_unit_id = u.org_unit_id "
            "WHERE start < stop AND start <= $last AND stop > $first "
            "ORDER BY h.employee_id, h.position_id, start",
            beginning=BEGINNING,
            ending=END,
            first=first,
            last=date(self.year, 12, 31),
        )
        return [self._seat(row) for row in rows]

    def _seat(self, row: dict[str, Any]) -> Seat:
        units = [Subject(self.types[unit], unit) for unit in row["path"].split("/")]
        path = (*units, Subject("position", row["position_id"]))
        share = int(Decimal(row["fte_share"]).scaleb(FTE_PLACES))
        return Seat(path, Subject("employee", row["employee_id"]), share, row["start"], row["stop"])

    def seats(self, root: Subject) -> list[Seat]:
        """The seats below a unit or position, with paths that start there.

        Raises PlanningError where nobody is employed below it in the plan year.
        """
        found = [
            Seat(seat.path[seat.path.index(root) :], seat.employee, seat.fte, seat.start, seat.end)
            for seat in self._holdings
            if root in seat.path and seat.fte
        ]
        if not any(is_there(seat, self.year) for seat in found):
            raise PlanningError(
                f"Nobody holds a position below {root} in {self.year}: there is nobody to hand a target to. "
                "Record in hr.employee_positions who holds which.",
                f"{self.year} 年 {root} 下无人任职，无法下达目标：请在 hr.employee_positions 中登记任职。",
            )
        return found

    @cached_property
    def past_days(self) -> dict[Subject, list[int]]:
        """Everybody's FTE days in the months before, over all seats."""
        days: dict[Subject, list[int]] = defaultdict(lambda: [0] * len(self.months))
        for seat in self._holdings:
            for at, month in enumerate(self.months):
                days[seat.employee][at] += seat.fte * overlap(
                    seat.start, seat.end, month.start, month.end + timedelta(days=1)
                )
        return dict(days)

    def figures(self, metric_id: str) -> dict[Subject, list[Decimal | None]]:
        """The metric's figure of each subject in the months before; None where there is none."""
        if not self.months:
            return {}
        places = {month.start: at for at, month in enumerate(self.months)}
        rows = self.night.rows(
            "SELECT subject_type, subject_id, list(period_start) AS starts, list(value) AS amounts "
            "FROM marts.metric_value "
            "WHERE metric_id = ? AND period_grain = 'month' AND period_start BETWEEN ? AND ? "
            "AND state IN ('ok', 'stale') AND value IS NOT NULL AND subject_type <> 'reporting_line' "
            "GROUP BY subject_type, subject_id",
            metric_id,
            self.months[0].start,
            self.months[-1].start,
        )
        found = {}
        for row in rows:
            values: list[Decimal | None] = [None] * len(self.months)
            for start, value in zip(row["starts"], row["amounts"], strict=True):
                values[places[start]] = value
            found[Subject(row["subject_type"], row["subject_id"])] = values
        return found


def whole(figures: dict[Subject, list[Decimal | None]]) -> dict[Subject, list[int | None]]:
    """Figures as whole millionths, to weigh by."""
    return {
        subject: [None if value is None else int(value.scaleb(FIGURE_PLACES)) for value in values]
        for subject, values in figures.items()
    }


def is_there(seat: Seat, year: int) -> bool:
    """Whether somebody sits there on any day of a year."""
    return overlap(seat.start, seat.end, date(year, 1, 1), date(year + 1, 1, 1)) > 0


def carrying(
    seats: list[Seat], figures: dict[Subject, list[Decimal | None]], positions: Iterable[str], year: int
) -> tuple[list[Seat], tuple[str, str]]:
    """The seats that can bring the metric in a year, and how that is known, in English and Chinese.

    The positions that are named; else those that had a figure in the last twelve months; else, for a metric
    that is kept by no position, the units that had one; else everybody. Raises PlanningError for a position
    nobody holds.
    """
    named = set(positions)
    held = {seat.path[-1].id for seat in seats if is_there(seat, year)}
    if unknown := sorted(named - held):
        raise PlanningError(
            f"Nobody below holds the position {', '.join(unknown)} in {year}. "
            f"Held are: {_short(', '.join(sorted(held)))}.",
            f"{year} 年无人担任岗位：{', '.join(unknown)}。",
        )
    recent = {
        subject
        for subject, values in figures.items()
        if any(value is not None for value in values[-RECENT_MONTHS:])
    }
    ways: list[tuple[Callable[[Seat], bool], tuple[str, str]]] = [
        (lambda seat: seat.path[-1].id in named, ("the positions named", "指定的岗位")),
        (
            lambda seat: seat.path[-1] in recent,
            ("positions with a figure in the last 12 months", "近 12 个月有数值的岗位"),
        ),
        (
            lambda seat: len(seat.path) > 1 and seat.path[-2] in recent,
            ("units with a figure in the last 12 months", "近 12 个月有数值的单元"),
        ),
    ]
    for carries, told in ways:
        chosen = [seat for seat in seats if carries(seat)]
        if any(is_there(seat, year) for seat in chosen):
            return chosen, told
    return seats, ("everybody, for no position or unit has a figure yet", "全体人员（尚无岗位或单元有数值）")


def _short(listed: str, length: int = 300) -> str:
    return listed if len(listed) <= length else listed[:length].rsplit(", ", 1)[0] + ", …"
