"""Down the organisation: company → division → department → team → position → person, of any depth.

The tree is made of seats: somebody in a position of a unit for some days. A unit is there in a period
as far as somebody sits below it, so that joiners, leavers, transfers and part-timers count by the
day, and a unit that moves is a branch in each place for the days it is there. Every period is handed
down by itself; longer periods are sums of the finest ones, which makes parts sum to the whole at
every level and in every period alike.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from operator import add
from typing import NamedTuple

from planning.allocation import PlanningError, share_out
from planning.calendarisation import overlap
from publishing.periods import Period

FTE_PLACES = 4  # days are counted in ten-thousandths of a full-time job


class Subject(NamedTuple):
    """Whom a target is for: a unit, a position or a person."""

    type: str
    id: str

    def __str__(self) -> str:
        return f"{self.type}:{self.id}"


@dataclass(frozen=True)
class Seat:
    """One person in one position for the days [start, end); `path` leads from the plan's root to the
    position.

    `fte` is the share of a full-time job in ten-thousandths.
    """

    path: tuple[Subject, ...]
    employee: Subject
    fte: int
    start: date
    end: date


@dataclass(eq=False)
class Node:
    """A subject in one place of the tree. Lists have one entry per period of the plan, or per month
    of the past.

    `present` and `past` are FTE days, in ten-thousandths; `amounts` are quanta, and `kept` those of
    them that nobody below could take. `weight` is the sum over the periods of what the node weighed
    among its siblings, and `fallbacks` in how many periods the parts of the node were divided by FTE
    days because they weighed nothing otherwise.
    """

    subject: Subject
    parent: Node | None
    present: list[int]
    past: list[int]
    children: dict[Subject, Node] = field(default_factory=dict)
    amounts: list[int] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    weight: int = 0
    fallbacks: int = 0

    def below(self) -> Iterator[Node]:
        """The node and everything below it, from the top."""
        yield self
        for child in self.in_order():
            yield from child.below()

    def in_order(self) -> list[Node]:
        """The children by name: the order in which equal remainders are served."""
        return [self.children[subject] for subject in sorted(self.children)]


# For a parent: one list of weights per period, in the order of its children.
Weigh = Callable[[Node], list[list[int]]]
# What is settled already: for a subject, the quanta of each period, None where it is open.
Locked = Mapping[Subject, Sequence[int | None]]


def build_tree(
    root: Subject,
    seats: Iterable[Seat],
    periods: Sequence[Period],
    months: Sequence[Period] = (),
    *,
    down_to: str = "employee",
) -> Node:
    """The tree below a root, with everybody's FTE days in each period of the plan and month of the
    past.

    It ends at units, positions or employees (`down_to`: team, position, employee). Whoever is there
    in no period of the plan has no place in it.
    """
    top = Node(root, None, [0] * len(periods), [0] * len(months))

    @cache  # most people are there all the time
    def days(start: date, end: date) -> tuple[list[int], list[int]]:
        return [_within(start, end, of) for of in periods], [_within(start, end, of) for of in months]

    for seat in seats:
        present, past = ([seat.fte * day for day in of] for of in days(seat.start, seat.end))
        node = top
        for subject in (*_places(seat, down_to), None):
            _add(node.present, present)
            _add(node.past, past)
            if subject is not None:
                if subject not in node.children:
                    node.children[subject] = Node(subject, node, [0] * len(periods), [0] * len(months))
                node = node.children[subject]
    _prune(top)
    return top


def hand_down(top: Node, amounts: Sequence[int], weigh: Weigh, locked: Locked | None = None) -> None:
    """Divide the amounts of the root's periods down the whole tree, in place.

    A settled part is what it is, and the rest of its parent's amount is divided over the others.
    """
    top.amounts = list(amounts)
    for node in top.below():
        children = node.in_order()
        for child in children:
            child.amounts = [0] * len(amounts)
        settled = [(locked or {}).get(child.subject) for child in children]
        weights = weigh(node) if children else []
        owed = [0] * len(children)
        node.kept = [
            _divide(node, children, weights[at], owed, settled, at) if children else 0
            for at in range(len(amounts))
        ]


def refuse_branches(top: Node) -> None:
    """Raise PlanningError where somebody has more than one part below: each would be promised the
    whole.
    """
    for node in top.below():
        for at in range(len(top.present)):
            there = [child for child in node.children.values() if child.present[at]]
            if len(there) > 1:
                count = len(there)
                raise PlanningError(
                    f"{node.subject} has {count} parts: handed on as it is, the amount would be promised "
                    f"{count} times. Choose capacity, history, seasonal, manual or equal.",
                    f"{node.subject} 下有 {count} 个对象，原样下达会重复承诺，请选择其他分解方法。",
                )


def standing_once(top: Node) -> set[Subject]:
    """The subjects that have one place in the tree: who moved has several."""
    places = Counter(node.subject for node in top.below())
    return {subject for subject, count in places.items() if count == 1}


def by_subject(top: Node) -> dict[Subject, list[int]]:
    """The amounts of every subject, over all the places where it stands in the tree."""
    found: dict[Subject, list[int]] = {}
    for node in top.below():
        if node.subject in found:
            _add(found[node.subject], node.amounts)
        else:
            found[node.subject] = list(node.amounts)
    return found


def parents(top: Node) -> dict[Subject, Subject]:
    """The subject above each: where it stood in several places, the one with the most FTE days, then
    by name.
    """
    places: dict[Subject, list[Node]] = defaultdict(list)
    for node in top.below():
        if node.parent is not None:
            places[node.subject].append(node)
    return {
        subject: min(nodes, key=lambda node: (-sum(node.present), node.parent.subject)).parent.subject
        for subject, nodes in places.items()
    }


def _divide(
    node: Node,
    children: Sequence[Node],
    weights: Sequence[int],
    owed: list[int],
    settled: Sequence[Sequence[int | None] | None],
    at: int,
) -> int:
    """Divide one period among the children; what nobody could take, below 0 if more is settled than
    there is.
    """
    for child, weight in zip(children, weights, strict=True):
        child.weight += weight
    fixed = [None if of is None else of[at] for of in settled]
    trial = list(owed)
    shares = share_out(node.amounts[at], weights, trial)
    if any(weights) and all(done in (None, share) for done, share in zip(fixed, shares, strict=True)):
        owed[:] = trial  # what is settled says the same
    else:
        shares = _around_settled(node, children, weights, owed, fixed, at)
    for child, share in zip(children, shares, strict=True):
        child.amounts[at] = share
    return node.amounts[at] - sum(shares)


def _around_settled(
    node: Node,
    children: Sequence[Node],
    weights: Sequence[int],
    owed: list[int],
    fixed: Sequence[int | None],
    at: int,
) -> list[int]:
    """Shares of which some are settled; the others get what is left, by FTE days if they weigh nothing."""
    left = node.amounts[at] - sum(amount for amount in fixed if amount is not None)
    # More settled than there is leaves nothing, not less than nothing, for the others.
    to_divide = left if left * node.amounts[at] > 0 else 0
    free = [0 if done is not None else weight for done, weight in zip(fixed, weights, strict=True)]
    if to_divide and not any(free) and None in fixed:
        node.fallbacks += 1
        free = [child.present[at] if done is None else 0 for done, child in zip(fixed, children, strict=True)]
    shares = share_out(to_divide, free, owed)
    return [share if done is None else done for done, share in zip(fixed, shares, strict=True)]


def _places(seat: Seat, down_to: str) -> Sequence[Subject]:
    below = seat.path[1:]
    if down_to == "employee":
        return (*below, seat.employee)
    return below if down_to == "position" else below[:-1]


def _within(start: date, end: date, period: Period) -> int:
    return overlap(start, end, period.start, period.end + timedelta(days=1))


def _add(sums: list[int], more: Sequence[int]) -> None:
    sums[:] = map(add, sums, more)


def _prune(node: Node) -> None:
    """Cut off what nobody sits in during the plan."""
    for subject, child in list(node.children.items()):
        if any(child.present):
            _prune(child)
        else:
            del node.children[subject]
