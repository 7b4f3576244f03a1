"""Everybody's proposed year beside what he or she, and others in the position, have done so far."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from planning.calendarisation import overlap, present_months, prorated
from planning.cascade import Seat, Subject
from planning.comparison import Record, is_far_above, middle, record


@dataclass(frozen=True)
class Person:
    """One person's target beside the record. Amounts in the unit of the metric.

    `year` is proposed, and `monthly` what that is for each of the `months` that the person is there
    (a month counts by its days). `usual` is what the own median month would bring in those months;
    `peers` is the median of the median months of others in the position. None where nothing is known.
    """

    subject: Subject
    position: Subject
    months: Decimal
    year: Decimal
    monthly: Decimal
    own: Record
    usual: Decimal | None
    peers: Decimal | None
    is_far_above: bool | None


def beside_records(
    amounts: Mapping[Subject, Decimal],
    seats: Iterable[Seat],
    values: Mapping[Subject, Sequence[Decimal]],
    year: int,
    *,
    is_divided: bool,
) -> list[Person]:
    """Each person that has an amount, by name. `values` are the published months so far; what is not
    divided (a rate) is the same for a month as for the year.
    """
    sits: dict[Subject, list[Seat]] = defaultdict(list)
    for seat in seats:
        if seat.employee in amounts:
            sits[seat.employee].append(seat)
    records = {person: record(values.get(person, ())) for person in sits}
    position = {person: _main_position(of, year) for person, of in sits.items()}
    usual: dict[Subject, list[Decimal]] = defaultdict(list)
    for person, own in records.items():
        if own.median is not None:
            insort(usual[position[person]], own.median)
    return [
        _person(
            person,
            position[person],
            amounts[person],
            present_months(merged((seat.start, seat.end) for seat in sits[person]), year),
            records[person],
            _others(usual[position[person]], records[person].median),
            is_divided,
        )
        for person in sorted(sits)
    ]


def merged(intervals: Iterable[tuple[date, date]]) -> tuple[tuple[date, date], ...]:
    """Half-open intervals without overlaps: who holds two positions at once is there once."""
    found: list[tuple[date, date]] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def _person(
    person: Subject,
    position: Subject,
    amount: Decimal,
    there: Sequence[Fraction],
    own: Record,
    peers: Sequence[Decimal],
    is_divided: bool,
) -> Person:
    share = sum(there, Fraction(0))
    months = Decimal(share.numerator) / share.denominator
    monthly = amount / months if is_divided else amount
    usual = own.median
    if usual is not None and is_divided:
        usual = prorated(usual * 12, there)
    return Person(
        subject=person,
        position=position,
        months=months,
        year=amount,
        monthly=monthly,
        own=own,
        usual=usual,
        peers=middle(peers) if peers else None,
        is_far_above=is_far_above(monthly, own) if is_divided else None,
    )


def _others(ordered: Sequence[Decimal], own: Decimal | None) -> Sequence[Decimal]:
    """Values in order without the own one."""
    if own is None:
        return ordered
    place = bisect_left(ordered, own)
    return [*ordered[:place], *ordered[place + 1 :]]


def _main_position(seats: Sequence[Seat], year: int) -> Subject:
    """The position with the most FTE days in the year."""
    days: dict[Subject, int] = defaultdict(int)
    for seat in seats:
        days[seat.path[-1]] += seat.fte * overlap(
            seat.start, seat.end, date(year, 1, 1), date(year + 1, 1, 1)
        )
    return min(days, key=lambda position: (-days[position], position))
