"""A person's proposed target beside what he or she, and peers in the same position, have done so far.

A month without a figure is no month of 0: it is left out. A target is called far above when it is
more than the 95th percentile of the person's own months plus three times their median absolute
deviation, and only with six months or more: from fewer nobody can tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

FEWEST_MONTHS = 6
DEVIATIONS = 3


@dataclass(frozen=True)
class Record:
    """One subject's months so far, in the metric's unit: how many, the median, the best, and the
    plausible limit.

    `limit` is None where there are too few months to tell.
    """

    months: int
    median: Decimal | None
    best: Decimal | None
    limit: Decimal | None


def record(values: Sequence[Decimal]) -> Record:
    """The record that some months make."""
    if not values:
        return Record(0, None, None, None)
    limit = None
    if len(values) >= FEWEST_MONTHS:
        limit = percentile(values, Decimal("0.95")) + DEVIATIONS * deviation(values)
    return Record(len(values), median(values), max(values), limit)


def is_far_above(monthly: Decimal, own: Record) -> bool | None:
    """Whether a monthly target is beyond anything the record makes plausible; None where that cannot
    be told.
    """
    return None if own.limit is None else monthly > own.limit


def median(values: Sequence[Decimal]) -> Decimal:
    """The middle value, or the mean of the two."""
    return middle(sorted(values))


def middle(ordered: Sequence[Decimal]) -> Decimal:
    """The median of values that are in order already."""
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def percentile(values: Sequence[Decimal], share: Decimal) -> Decimal:
    """The value at a share of the way through the sorted values, interpolated."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    lower = int(place)
    upper = min(lower + 1, len(ordered) - 1)
    return ordered[lower] + (ordered[upper] - ordered[lower]) * (place - lower)


def deviation(values: Sequence[Decimal]) -> Decimal:
    """The median absolute deviation from the median."""
    middle = median(values)
    return median([abs(value - middle) for value in values])
