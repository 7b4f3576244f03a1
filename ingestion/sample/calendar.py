"""Days of the sample company: Chinese workdays and how busy a day is.

A day is its proleptic ordinal (`date.toordinal`), so that arrays of days are arrays of whole numbers.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import chinese_calendar
import numpy as np

OPEN = date(9999, 12, 31).toordinal()
UNIX_EPOCH = date(1970, 1, 1).toordinal()
TREND_START = date(2023, 7, 1)
YEARLY_GROWTH = 0.05
WEEKDAY_LOAD = (1.14, 1.07, 1.0, 0.98, 0.86, 0.05, 0.03)


@cache
def is_workday(ordinal: int) -> bool:
    """Whether people work on the day; outside the published holiday calendar, Monday to Friday."""
    day = date.fromordinal(ordinal)
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:
        return day.weekday() < 5


@cache
def _new_year_holidays(year: int) -> tuple[int, int] | None:
    """First and last ordinal of the Spring Festival holidays of a year, where published."""
    try:
        days = chinese_calendar.get_dates(date(year, 1, 10), date(year, 3, 5))
        details = [day for day in days if chinese_calendar.get_holiday_detail(day)[1] == "Spring Festival"]
    except NotImplementedError:
        return None
    return (details[0].toordinal(), details[-1].toordinal()) if details else None


@cache
def new_year_factor(ordinal: int) -> float:
    """The dip of business around Chinese New Year: 1 on an ordinary day."""
    span = _new_year_holidays(date.fromordinal(ordinal).year)
    if span is None:
        return 1.0
    first, last = span
    if first - 8 <= ordinal < first:
        return 0.65
    if last < ordinal <= last + 9:
        return 0.55
    return 1.0


@cache
def demand(ordinal: int) -> float:
    """Load of an ordinary process on a day: week, holidays and yearly growth; about 1 on a Wednesday."""
    day = date.fromordinal(ordinal)
    load = WEEKDAY_LOAD[day.weekday()]
    if not is_workday(ordinal):
        load = min(load, 0.06)
    elif day.weekday() >= 5:
        load = 0.7
    return load * new_year_factor(ordinal) * (1 + YEARLY_GROWTH * (day - TREND_START).days / 365.25)


@cache
def sales_season(ordinal: int) -> float:
    """How much more is ordered than on an average day: ends of months and quarters, December."""
    day = date.fromordinal(ordinal)
    left = (next_month(month_start(ordinal)) - ordinal) if day.month % 3 == 0 else 99
    quarter_end = 1.45 if left <= 10 else 1.0
    month_end = 1.12 if next_month(month_start(ordinal)) - ordinal <= 4 else 1.0
    return quarter_end * month_end * {2: 0.9, 8: 0.93, 12: 1.12}.get(day.month, 0.98)


def month_start(ordinal: int) -> int:
    """First day of the month of a day."""
    return date.fromordinal(ordinal).replace(day=1).toordinal()


def next_month(first: int) -> int:
    """First day of the month after the month that starts on `first`."""
    return month_start(first + 31)


def previous_month(first: int) -> int:
    """First day of the month before the month that starts on `first`."""
    return month_start(first - 1)


def months(first_day: int, last_day: int) -> list[int]:
    """First days of all months that touch the days from `first_day` to `last_day`."""
    found = [month_start(first_day)]
    while next_month(found[-1]) <= last_day:
        found.append(next_month(found[-1]))
    return found


def days_of(first: int) -> np.ndarray:
    """All days of the month that starts on `first`."""
    return np.arange(first, next_month(first))


def workdays_of(first: int) -> np.ndarray:
    """The workdays of the month that starts on `first`."""
    return np.array([day for day in days_of(first) if is_workday(int(day))])


def values(function, days: np.ndarray) -> np.ndarray:
    """A function of a day over an array of days."""
    return np.array([function(int(day)) for day in days], dtype=np.float64)
