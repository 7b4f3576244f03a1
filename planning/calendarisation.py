"""A year's amount over quarters, months, weeks and days.

Amounts go down one step at a time, each divided exactly: year → quarter → month → piece of a week →
day. A week that a month's end cuts is two pieces, so that weeks sum to months; the whole week is the
sum of its pieces. Only what adds up over time is divided: a rate, a ratio or a stock holds for every
period as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import groupby

from planning.allocation import PlanningError, share_out
from publishing.periods import Period

GRAINS = ("year", "quarter", "month", "week", "day")
SPREADS = ("workdays", "seasonal", "flat")
PLACES = Decimal("0.000001")


@dataclass(frozen=True)
class Profile:
    """How a year's amount lies over its months, and over the days of a month: whole-number weights."""

    name: str
    months: tuple[int, ...]
    days: Mapping[date, int]

    def weight(self, period: Period) -> int:
        """What a period of the year weighs beside others of its grain."""
        if period.grain in ("quarter", "month"):
            return sum(self.months[period.start.month - 1 : period.end.month])
        return sum(self.days[day] for day in days_between(period.start, period.end))


def workday_profile(year: int, works: Callable[[date], bool]) -> Profile:
    """Every working day weighs the same; a day off weighs nothing."""
    days = {day: int(works(day)) for day in days_of(year)}
    return Profile("workdays", _by_month(days), days)


def flat_profile(year: int) -> Profile:
    """Every month weighs the same, and every calendar day of a month."""
    return Profile("flat", (1,) * 12, dict.fromkeys(days_of(year), 1))


def seasonal_profile(year: int, works: Callable[[date], bool], months: Sequence[int]) -> Profile:
    """Months weigh what they have brought in the past, days within a month as working days do."""
    return Profile("seasonal", tuple(months), workday_profile(year, works).days)


@cache
def periods_of(year: int, finest: str) -> Mapping[str, Sequence[Period]]:
    """The periods of a year by grain, from the year down to the finest; weeks as pieces cut at month
    ends.
    """
    days = days_of(year)
    cuts: dict[str, Callable[[date], object]] = {
        "year": lambda day: day.year,
        "quarter": lambda day: (day.month - 1) // 3,
        "month": lambda day: day.month,
        "week": lambda day: (day.month, day.isocalendar().week),
        "day": lambda day: day,
    }
    wanted = GRAINS[: GRAINS.index(finest) + 1]
    return {grain: _cut(grain, days, cuts[grain]) for grain in wanted}


def calendarise(
    amount: int,
    periods: Mapping[str, Sequence[Period]],
    profile: Profile,
    locked: Mapping[date, int] | None = None,
) -> dict[Period, int]:
    """The amount of every period of every grain; each period's parts sum to it exactly.

    `locked` are months, by their first day, whose amount is settled: the rest of the year is divided
    over the others. Raises PlanningError where the settled months leave nothing to divide, or nowhere
    to put it.
    """
    months = _months(amount, periods["month"], profile, locked or {})
    [year] = periods["year"]
    amounts = {year: amount}
    for period in (*periods["quarter"], *periods["month"]):
        amounts[period] = sum(part for month, part in months.items() if _holds(period, month))
    for above, below in (("month", "week"), ("week", "day")):
        for parent in periods[above] if below in periods else ():
            parts = [period for period in periods[below] if _holds(parent, period)]
            shares = share_out(amounts[parent], _weights(parts, profile))
            amounts |= dict(zip(parts, shares, strict=True))
    return amounts


def _months(
    amount: int, months: Sequence[Period], profile: Profile, locked: Mapping[date, int]
) -> dict[Period, int]:
    """Quarters divide the year and months their quarter, around the months that are settled."""
    if not any(profile.months):
        raise PlanningError(
            f"No month weighs anything by {profile.name}: name another spread.",
            f"按 {profile.name} 没有任何月份有权重，请换一种时间分布。",
        )
    parts = _divided(amount, months, profile)
    if all(locked.get(month.start, part) == part for month, part in parts.items()):
        return parts
    settled = {month: locked[month.start] for month in months if month.start in locked}
    free = [month for month in months if month not in settled]
    left = amount - sum(settled.values())
    if left and not sum(profile.weight(month) for month in free):
        raise PlanningError(
            f"{left} is left to divide, but no month is open.", f"剩余 {left} 无处分配：没有未结束的月份。"
        )
    if left < 0 < amount:
        raise PlanningError(
            f"The targets of months that are over sum to {amount - left}, more than the year's {amount}. "
            "They are settled: name a higher target.",
            f"已结束月份的目标合计 {amount - left}，超过全年的 {amount}，且已锁定：请提高目标。",
        )
    return settled | _divided(left, free, profile)


def _divided(amount: int, months: Sequence[Period], profile: Profile) -> dict[Period, int]:
    """An amount over quarters, and each quarter over its months."""
    quarters = [list(of) for _, of in groupby(months, key=_quarter)]
    weights = [_weights(of, profile) for of in quarters]
    parts: dict[Period, int] = {}
    for of, weighed, share in zip(quarters, weights, share_out(amount, list(map(sum, weights))), strict=True):
        parts |= dict(zip(of, share_out(share, weighed), strict=True))
    return parts


def prorated(amount: Decimal, there: Iterable[Fraction]) -> Decimal:
    """The part of a full year's amount that falls to somebody who is there for some share of each month.

    Each calendar month is a twelfth: 120 a year is 60 for who joins on 1 July.
    """
    share = sum(there, Fraction(0)) / 12
    return (amount * share.numerator / share.denominator).quantize(PLACES)


@cache  # most people are there all the time
def present_months(intervals: tuple[tuple[date, date], ...], year: int) -> Sequence[Fraction]:
    """Of each month of a year, the share of its days that lies in half-open intervals that do not
    overlap.
    """
    shares = []
    for month in periods_of(year, "month")["month"]:
        end = month.end + timedelta(days=1)
        days = sum(overlap(start, stop, month.start, end) for start, stop in intervals)
        shares.append(Fraction(days, (end - month.start).days))
    return shares


def overlap(start: date, stop: date, first: date, last: date) -> int:
    """Days that two half-open intervals have in common."""
    return max(0, (min(stop, last) - max(start, first)).days)


def why_not_divided(additivity: str | None) -> tuple[str, str] | None:
    """Why a metric's target is not divided, in English and Chinese; None where it is."""
    if additivity == "additive":
        return None
    if additivity == "semi_additive":
        return (
            "a stock is what there is on a day; its target holds for every period and is not handed to parts",
            "存量指标是某日的数量，其目标对各期间原样适用，不向下拆分",
        )
    return (
        "a rate or ratio does not add up; its target holds for everybody and every period as it is",
        "比率类指标不可相加，其目标对每个对象与期间原样适用",
    )


def days_of(year: int) -> list[date]:
    """Every day of a year."""
    return days_between(date(year, 1, 1), date(year, 12, 31))


def days_between(first: date, last: date) -> list[date]:
    """Every day from the first to the last."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def _quarter(month: Period) -> int:
    return (month.start.month - 1) // 3


def _holds(period: Period, part: Period) -> bool:
    return period.start <= part.start and part.end <= period.end


def _weights(periods: Sequence[Period], profile: Profile) -> list[int]:
    return [profile.weight(period) for period in periods]


def _by_month(days: Mapping[date, int]) -> tuple[int, ...]:
    months = [0] * 12
    for day, weight in days.items():
        months[day.month - 1] += weight
    return tuple(months)


def _cut(grain: str, days: Sequence[date], key: Callable[[date], object]) -> list[Period]:
    """Days in order, cut wherever the key changes."""
    found: list[Period] = []
    for day in days:
        if found and key(found[-1].end) == key(day):
            found[-1] = Period(grain, found[-1].start, day)
        else:
            found.append(Period(grain, day, day))
    return found
