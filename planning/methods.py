"""What the parts of an amount weigh: the methods by which a target is divided downward.

capacity   FTE days in the period.
history    FTE days, each weighing what the subject brought per FTE day in the months before.
seasonal   the same, by the same calendar month of the years before.
manual     shares that somebody stated; where none are stated for any part, capacity.
equal      everybody who is there weighs the same, whatever the share of a job.
identity   nothing is divided: what does not add up, or has one part only, is handed on as it is.

Who was there and brought nothing weighs nothing. Who was not there yet weighs what the median of its
siblings brought per FTE day. So two people with a history of 6 and 4 and equal time have 60 % and 40
%, and one of them who leaves in the middle of a month counts for half of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from planning.cascade import Node, Subject
from publishing.periods import Period

METHODS = ("capacity", "history", "seasonal", "manual", "equal", "identity")
RATE_SCALE = 10**12  # figures per FTE day are whole numbers of billionths and less

Rates = list[int | None]
Window = tuple[int, ...]


@dataclass(frozen=True)
class Past:
    """What was published of a metric before the plan: figures in whole quanta of the past, one entry
    per month.

    `days` are each person's FTE days over all of his or her seats, for a person's figure is of all of
    them too. A month without a figure is None: nothing is known of it, and it adds nothing.
    """

    months: tuple[Period, ...] = ()
    figures: Mapping[Subject, Sequence[int | None]] = field(default_factory=dict)
    days: Mapping[Subject, Sequence[int]] = field(default_factory=dict)

    def brought(self, subject: Subject, window: Window) -> int:
        """What a subject brought in some months; not below 0, for a share cannot be."""
        figures = self.figures.get(subject, ())
        return max(0, sum(figures[at] or 0 for at in window)) if figures else 0

    def fte_days(self, node: Node, window: Window) -> int:
        """The FTE days in which it did."""
        days = self.days.get(node.subject, node.past)
        return sum(days[at] for at in window)

    @cached_property
    def recent(self) -> Window:
        """The last twelve of the months."""
        return tuple(range(len(self.months)))[-12:]

    def same_month(self, period: Period) -> Window:
        """The months of earlier years that the period lies in."""
        return tuple(at for at, month in enumerate(self.months) if month.start.month == period.start.month)


def capacity(node: Node) -> list[list[int]]:
    """FTE days of each part in each period."""
    return [list(at) for at in zip(*(child.present for child in node.in_order()), strict=True)]


def equal(node: Node) -> list[list[int]]:
    """One for every part that is there."""
    return [[int(days > 0) for days in at] for at in capacity(node)]


def manual(shares: Mapping[Subject, int]) -> Callable[[Node], list[list[int]]]:
    """Stated shares of the parts that are there; capacity where none of them has one."""

    def weigh(node: Node) -> list[list[int]]:
        stated = [shares.get(child.subject, 0) for child in node.in_order()]
        if not any(stated):
            return capacity(node)
        return [
            [share if days else 0 for share, days in zip(stated, at, strict=True)] for at in capacity(node)
        ]

    return weigh


def by_past(past: Past, windows: Sequence[Window]) -> Callable[[Node], list[list[int]]]:
    """FTE days, weighed by what each part brought per FTE day in the window of each period."""

    def weigh(node: Node) -> list[list[int]]:
        children = node.in_order()
        rates = {window: _filled(_rates(children, past, window)) for window in set(windows)}
        return [
            [days * rate for days, rate in zip(at, rates[window], strict=True)]
            for at, window in zip(capacity(node), windows, strict=True)
        ]

    return weigh


def weigher(
    method: str, periods: Sequence[Period], past: Past, shares: Mapping[Subject, int]
) -> Callable[[Node], list[list[int]]]:
    """The weights of a method by its name."""
    if method == "history":
        return by_past(past, [past.recent] * len(periods))
    if method == "seasonal":
        return by_past(past, [past.same_month(period) for period in periods])
    return {"capacity": capacity, "identity": capacity, "equal": equal, "manual": manual(shares)}[method]


def _rates(children: Sequence[Node], past: Past, window: Window) -> Rates:
    """What each brought per FTE day; None for who was not there."""
    rates: Rates = []
    for child in children:
        days = past.fte_days(child, window)
        rates.append(past.brought(child.subject, window) * RATE_SCALE // days if days else None)
    return rates


def _filled(rates: Rates) -> list[int]:
    """Rates in which who was not there has the median of the others; all equal where nobody was."""
    known = sorted(rate for rate in rates if rate is not None)
    middle = len(known) // 2
    usual = (known[middle] + known[-middle - 1]) // 2 if known else 1
    return [usual if rate is None else rate for rate in rates]
