"""Periods as people type them: 2026, 2026-Q2, 2026-06, 2026-W23, 2026-06-30, ytd:2026-06; rolling ones by the
week or month that they end with: rolling_4_weeks:2026-W23, rolling_12_months:2026-06.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_FORMS = {
    "year": re.compile(r"(\d{4})"),
    "quarter": re.compile(r"(\d{4})-Q([1-4])"),
    "month": re.compile(r"(\d{4})-(\d{2})"),
    "week": re.compile(r"(\d{4})-W(\d{2})"),
    "day": re.compile(r"(\d{4})-(\d{2})-(\d{2})"),
    "ytd": re.compile(r"ytd:(\d{4})-(\d{2})"),
    "rolling_4_weeks": re.compile(r"rolling_4_weeks:(\d{4})-W(\d{2})"),
    "rolling_3_months": re.compile(r"rolling_3_months:(\d{4})-(\d{2})"),
    "rolling_12_months": re.compile(r"rolling_12_months:(\d{4})-(\d{2})"),
}


@dataclass(frozen=True)
class Period:
    """One period: its grain, first day, and inclusive last day."""

    grain: str
    start: date
    end: date


def parse_period(text: str) -> Period:
    """The period that a text names; raises ValueError with the forms that are understood."""
    for grain, form in _FORMS.items():
        match = form.fullmatch(text.strip())
        if match:
            try:
                return _period(grain, *(int(part) for part in match.groups()))
            except ValueError:
                break
    raise ValueError(
        f"'{text}' is not a period: write 2026, 2026-Q2, 2026-06, 2026-W23, 2026-06-30, ytd:2026-06, "
        "rolling_4_weeks:2026-W23, rolling_3_months:2026-06 or rolling_12_months:2026-06."
    )


def _period(grain: str, year: int, part: int = 1, day: int = 1) -> Period:
    if grain == "year":
        return Period(grain, date(year, 1, 1), date(year, 12, 31))
    if grain == "quarter":
        return Period(grain, date(year, 3 * part - 2, 1), _month_end(year, 3 * part))
    if grain == "month":
        return Period(grain, date(year, part, 1), _month_end(year, part))
    if grain == "week":
        start = date.fromisocalendar(year, part, 1)
        return Period(grain, start, start + timedelta(days=6))
    if grain == "rolling_4_weeks":
        last = date.fromisocalendar(year, part, 1)
        return Period(grain, last - timedelta(days=21), last + timedelta(days=6))
    if grain in ("rolling_3_months", "rolling_12_months"):
        end = _month_end(year, part)
        return Period(grain, _months_before(end, 3 if grain == "rolling_3_months" else 12), end)
    if grain == "ytd":
        return Period(grain, date(year, 1, 1), _month_end(year, part))
    return Period(grain, date(year, part, day), date(year, part, day))


def _months_before(end: date, months: int) -> date:
    """First day of so many months of which the last ends on a day."""
    number = end.year * 12 + end.month - months
    return date(number // 12, number % 12 + 1, 1)


def _month_end(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)
