"""Lengths of time in a metric's formula: how far back an offset looks, and what a cumulative window holds.

Months and days are kept apart, because a month has no fixed number of days: `1 year` is 12 months, `2 weeks`
are 14 days. Equal lengths have equal texts, however they were written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}

# Periods that are moved by whole units of this many months, or days.
_MONTHS_OF_GRAIN = {
    "month": 1,
    "quarter": 3,
    "year": 12,
    "ytd": 1,
    "rolling_3_months": 1,
    "rolling_12_months": 1,
}
_DAYS_OF_GRAIN = {"week": 7, "rolling_4_weeks": 7}
_ORDER = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True)
class Span:
    """A length of time, such as 12 months or 14 days."""

    months: int = 0
    days: int = 0

    def __str__(self) -> str:
        return " ".join(
            f"{count} {unit}" for count, unit in ((self.months, "month"), (self.days, "day")) if count
        )

    def __add__(self, other: Span) -> Span:
        return Span(self.months + other.months, self.days + other.days)


@dataclass(frozen=True)
class Offset:
    """An earlier period of the same grain: `back` earlier, or the first one of the `to_grain` it lies in."""

    back: Span = Span()
    to_grain: str | None = None

    def __str__(self) -> str:
        return f"to {self.to_grain}" if self.to_grain else str(self.back)

    @property
    def periods(self) -> int:
        """How many of `grain` it looks back."""
        return self.back.months or self.back.days

    @property
    def grain(self) -> str:
        """month or day; `to year` and the like for the first period in a longer one."""
        return str(self) if self.to_grain else "month" if self.back.months else "day"

    def has_base(self, grain: str) -> bool:
        """Whether every period of the grain has a period of that grain there.

        A week has none a month earlier, and a quarter none a month earlier.
        """
        if self.to_grain:
            return grain in _ORDER and (
                grain == self.to_grain
                or (grain != "week" and _ORDER.index(grain) < _ORDER.index(self.to_grain))
            )
        if grain in _MONTHS_OF_GRAIN:
            return not self.back.days and self.back.months % _MONTHS_OF_GRAIN[grain] == 0
        if grain in _DAYS_OF_GRAIN:
            return not self.back.months and self.back.days % _DAYS_OF_GRAIN[grain] == 0
        return True


@dataclass(frozen=True)
class Window:
    """What a cumulative metric holds on a day: the last `back`, all since the start of `to_grain`, or all.

    A period longer than a day takes what it holds on the period's first or last day (`at`).
    """

    at: Literal["first", "last"]
    back: Span | None = None
    to_grain: str | None = None

    def __str__(self) -> str:
        held = f"to {self.to_grain}" if self.to_grain else str(self.back or "all")
        return f"{held}, {self.at} day"


def parse_span(text: str) -> Span:
    """`3 months`, `1 quarter`, `2 weeks`, `90 days`."""
    count, unit = text.split()
    unit = unit.removesuffix("s")
    if unit in _MONTHS:
        return Span(months=int(count) * _MONTHS[unit])
    return Span(days=int(count) * _DAYS[unit])
