"""A proposal: one yearly target taken apart over time and down the organisation, beside what
everybody has done.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from planning.allocation import AllocationRun, PlanningError, as_integers, in_quanta, share_out
from planning.calendarisation import (
    SPREADS,
    Profile,
    calendarise,
    flat_profile,
    periods_of,
    seasonal_profile,
    why_not_divided,
    workday_profile,
)
from planning.cascade import (
    FTE_PLACES,
    Node,
    Subject,
    build_tree,
    by_subject,
    hand_down,
    parents,
    refuse_branches,
    standing_once,
)
from planning.methods import METHODS, RATE_SCALE, Past, weigher
from planning.people import Person, beside_records
from planning.published import FIGURE_PLACES, RECENT_MONTHS, Ground, carrying, whole
from publishing.periods import Period

LEVELS = ("team", "position", "employee")
FINEST = ("month", "week", "day")
KINDS = {"up": "at_least", "down": "at_most", "maintain": "maintain"}
USUAL_SPREAD = {"history": "seasonal", "seasonal": "seasonal", "equal": "flat"}

Words = tuple[str, str]


@dataclass(frozen=True)
class Request:
    """What somebody asks for: a metric's target for a year, and how to take it apart.

    Without a method, what adds up is divided by capacity and everything else handed on (identity);
    without a spread the method's own is taken; without a quantum the last decimal place of the
    target. `shares` and `positions` are for the method manual and for saying who carries the metric.
    """

    metric_id: str
    year: int
    target: Decimal
    subject: tuple[str, str | None] = ("company", None)
    method: str | None = None
    spread: str | None = None
    by: str = "month"
    down_to: str = "employee"
    quantum: Decimal | None = None
    shares: Mapping[Subject, Decimal] = field(default_factory=dict)
    positions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Existing:
    """A target that the company's files hold already: its newest revision."""

    target_id: str
    revision: int
    amount: Decimal


# Subject, period grain and first day of a target.
Key = tuple[Subject, str, date]
Held = Mapping[Key, Existing]


@dataclass(frozen=True)
class Planned:
    """One target of the proposal; `parent` is the subject above, none for the plan's root."""

    subject: Subject
    parent: Subject | None
    period: Period
    amount: Decimal


@dataclass(frozen=True)
class Plan:
    """The whole proposal. `runs` says how each parent's year was divided, `notes` what a reader must
    know.
    """

    metric: dict[str, Any]
    request: Request
    root: Subject
    method: str
    spread: str
    quantum: Decimal
    kind: str
    as_of: date
    targets: list[Planned]
    people: list[Person]
    runs: dict[Subject, AllocationRun]
    names: Mapping[Subject, Words]
    notes: list[Words]


def propose(ground: Ground, request: Request, held: Held | None = None) -> Plan:
    """Take a yearly target apart.

    Raises PlanningError with the way out where the metric cannot be planned so, nobody is there to
    carry it, or the history that the method needs is missing; UnknownNameError for a metric that is
    not published.
    """
    metric = ground.night.metric(request.metric_id)
    kind = _kind(metric)
    method = _method(metric, request)
    root = ground.root(*request.subject)
    draft = _Draft(ground, request, metric, method, root, held or {})
    targets = draft.divided() if why_not_divided(metric["additivity"]) is None else draft.handed_on()
    return Plan(
        metric,
        request,
        root,
        method,
        draft.spread,
        draft.quantum,
        kind,
        ground.run["as_of"],
        targets,
        draft.people(targets),
        draft.runs,
        ground.names,
        draft.notes,
    )


class _Draft:
    """The proposal while it is made."""

    def __init__(
        self, ground: Ground, request: Request, metric: dict[str, Any], method: str, root: Subject, held: Held
    ) -> None:
        self.ground, self.request, self.metric, self.method = ground, request, metric, method
        self.root, self.held = root, held
        self.spread = request.spread or USUAL_SPREAD.get(method, "workdays")
        self.periods = periods_of(request.year, request.by)
        self.quantum = request.quantum or _last_place(
            [request.target, *(one.amount for key, one in held.items() if self._is_settled(*key))]
        )
        self.figures = ground.figures(request.metric_id)
        self.seats, told = carrying(ground.seats(root), self.figures, request.positions, request.year)
        self.notes: list[Words] = [(f"Carried by {told[0]}.", f"承担者：{told[1]}。")]
        self.runs: dict[Subject, AllocationRun] = {}
        self.past = Past(tuple(ground.months), whole(self.figures), ground.past_days)
        self.tree = build_tree(
            root, self.seats, self.periods[request.by], ground.months, down_to=request.down_to
        )

    # What adds up

    def divided(self) -> list[Planned]:
        """Targets that sum to their parents'."""
        if self.method == "identity":
            refuse_branches(self.tree)
        if self.method in ("history", "seasonal"):
            self._require_history()
        amounts = calendarise(
            in_quanta(self.request.target, self.quantum),
            self.periods,
            self._profile,
            self._locked_months(self.root),
        )
        finest = self.periods[self.request.by]
        weigh = weigher(self.method, finest, self.past, self._shares())
        hand_down(self.tree, [amounts[period] for period in finest], weigh, self._locked())
        self._explain()
        above = parents(self.tree)
        return [
            Planned(subject, above.get(subject), period, amount * self.quantum)
            for subject, of in by_subject(self.tree).items()
            for period, amount in self._over_time(of)
        ]

    @cached_property
    def _profile(self) -> Profile:
        year, works = self.request.year, self.ground.works
        if self.spread == "flat":
            return flat_profile(year)
        if self.spread == "workdays":
            return workday_profile(year, works)
        brought = [
            self.past.brought(self.root, self.past.same_month(month))
            for month in periods_of(year, "month")["month"]
        ]
        counted = [len(self.past.same_month(month)) for month in periods_of(year, "month")["month"]]
        if not all(counted) or not any(brought):
            raise PlanningError(
                f"{self.request.metric_id} has no full year of figures for {self.root} before {year}, so its "
                "season is not known: spread it by workdays or flat.",
                f"{self.root} 在 {year} 年前不足一整年的数值，无法按季节分布，请改用 workdays 或 flat。",
            )
        # The mean of each calendar month: the years are not equally many for all of them.
        common = max(counted)
        return seasonal_profile(
            year, works, [amount * common // count for amount, count in zip(brought, counted, strict=True)]
        )

    def _require_history(self) -> None:
        people = [node for node in self.tree.below() if node is not self.tree]
        window = tuple(range(len(self.past.months)))
        if not any(self.past.brought(node.subject, window) for node in people):
            raise PlanningError(
                f"{self.request.metric_id} has no history below {self.root}: use capacity or manual.",
                f"{self.root} 下没有 {self.request.metric_id} 的历史数值，请按人力或手工分解。",
            )

    def _shares(self) -> dict[Subject, int]:
        shares = self.request.shares
        known = {node.subject for node in self.tree.below()}
        if unknown := sorted(map(str, set(shares) - known)):
            raise PlanningError(
                f"Shares are stated for {', '.join(unknown)}, who carry nothing of this plan.",
                f"为不承担本计划的对象设定了份额：{', '.join(unknown)}。",
            )
        return dict(zip(shares, as_integers(list(shares.values())), strict=True))

    def _over_time(self, finest: Sequence[int]) -> Iterator[tuple[Period, int]]:
        """A subject's amount in every period of every grain, from the finest; those of nothing left out."""
        for period, inside in self._spans:
            amounts = finest[inside]
            if any(amounts):
                yield period, sum(amounts)

    @cached_property
    def _spans(self) -> list[tuple[Period, slice]]:
        """Every period of the plan, and which of the finest ones it is made of."""
        starts = [part.start for part in self.periods[self.request.by]]
        return [
            (period, slice(bisect_left(starts, period.start), bisect_right(starts, period.end)))
            for periods in self.periods.values()
            for period in periods
        ]

    # What is settled

    def _is_settled(self, _subject: Subject, grain: str, start: date) -> bool:
        """Whether a target is of a quarter or month of the plan that is over."""
        return grain in ("quarter", "month") and any(
            period.start == start and period.end <= self.ground.run["as_of"] for period in self.periods[grain]
        )

    def _locked_months(self, subject: Subject) -> dict[date, int]:
        """Months that are over and whose target stands: by itself, or as a part of that of its quarter."""
        months = self._held_amounts(subject, "month")
        for quarter, amount in self._held_amounts(subject, "quarter").items():
            inside = [month for month in self.periods["month"] if _quarter_start(month) == quarter]
            free = [month for month in inside if month.start not in months]
            left = amount - sum(months.get(month.start, 0) for month in inside)
            shares = share_out(left, [self._profile.weight(month) for month in free])
            months |= {month.start: share for month, share in zip(free, shares, strict=True)}
        return months

    def _held_amounts(self, subject: Subject, grain: str) -> dict[date, int]:
        """Targets of periods that are over, by first day."""
        keys = ((subject, grain, period.start) for period in self.periods[grain])
        return {
            key[2]: in_quanta(self.held[key].amount, self.quantum)
            for key in keys
            if key in self.held and self._is_settled(*key)
        }

    def _locked(self) -> dict[Subject, list[int | None]]:
        if self.request.by != "month":
            return {}
        settled = {subject: self._locked_months(subject) for subject in standing_once(self.tree)}
        count = sum(map(len, settled.values()))
        if count:
            self.notes.append(
                (
                    f"{count} targets of months that are over stay; the rest is divided over the others.",
                    f"{count} 个已结束月份的目标保持不变，其余部分分配到其他月份与对象。",
                )
            )
        return {
            subject: [months.get(month.start) for month in self.periods["month"]]
            for subject, months in settled.items()
            if months
        }

    # How it was done

    def _explain(self) -> None:
        """One allocation run per parent, over the whole year; a note for what is out of the ordinary."""
        places: dict[Subject, list[Node]] = defaultdict(list)
        for node in self.tree.below():
            if node.children:
                places[node.subject].append(node)
        self.runs = {subject: self._run(nodes) for subject, nodes in places.items()}
        for subject, run in self.runs.items():
            if run.residual:
                self.notes.append(_residual(subject, run.residual))
        unknown = [subject for subject, nodes in places.items() if any(node.fallbacks for node in nodes)]
        if unknown:
            listed = ", ".join(map(str, unknown[:5])) + (", …" if len(unknown) > 5 else "")
            self.notes.append(
                (
                    f"Nothing tells the parts of {listed} apart in some periods: divided by FTE days.",
                    f"{listed} 的下级在部分期间没有可用的依据，按全职人天分解。",
                )
            )

    def _run(self, nodes: Sequence[Node]) -> AllocationRun:
        """What was divided below a subject, over all the places where it stands."""
        children = [child for node in nodes for child in node.in_order()]
        scale, method = self._weighed_in(children)
        return AllocationRun(
            method,
            sum(sum(node.amounts) for node in nodes) * self.quantum,
            self.quantum,
            _summed((child.subject, Decimal(child.weight) / scale) for child in children),
            _summed((child.subject, sum(child.amounts) * self.quantum) for child in children),
            sum(sum(node.kept) for node in nodes) * self.quantum,
        )

    def _weighed_in(self, children: Sequence[Node]) -> tuple[int, str]:
        """How many of a weight make one of what it is told in, and the method that these children were
        divided by.
        """
        method = self.method
        if method == "manual" and not any(child.subject in self.request.shares for child in children):
            method = "capacity"
        fte_days = 10**FTE_PLACES
        past = RATE_SCALE * 10**FIGURE_PLACES
        return {"history": past, "seasonal": past, "capacity": fte_days, "identity": fte_days}.get(
            method, 1
        ), method

    # What does not add up

    def handed_on(self) -> list[Planned]:
        """The same value for everybody and every period; a stock for the root alone."""
        reason = why_not_divided(self.metric["additivity"])
        self.notes.append((f"Not divided: {reason[0]}.", f"不作拆分：{reason[1]}。"))
        nodes = [self.tree] if self.metric["additivity"] == "semi_additive" else list(self.tree.below())
        above = parents(self.tree)
        present: dict[Subject, list[int]] = {}
        for node in nodes:
            known = present.setdefault(node.subject, [0] * len(node.present))
            present[node.subject] = [one + other for one, other in zip(known, node.present, strict=True)]
        return [
            Planned(subject, above.get(subject), period, self.request.target)
            for subject, days in present.items()
            for period, there in self._over_time(days)
            if there and period.grain in ("year", "quarter", "month")
        ]

    # Beside what was done

    def people(self, targets: Sequence[Planned]) -> list[Person]:
        """Every person's year beside the own record and the peers'."""
        [year] = self.periods["year"]
        recent = {
            subject: [value for value in values[-RECENT_MONTHS:] if value is not None]
            for subject, values in self.figures.items()
        }
        return beside_records(
            {one.subject: one.amount for one in targets if one.period == year},
            self.seats,
            recent,
            self.request.year,
            is_divided=why_not_divided(self.metric["additivity"]) is None,
        )


def _kind(metric: dict[str, Any]) -> str:
    kind = KINDS.get(metric["direction"])
    if kind is None:
        name = metric["metric_id"]
        raise PlanningError(
            f"{name} is to stay within a band: it has bounds and no one amount to divide. "
            "State them in the targets file.",
            f"{name} 须保持在区间内，没有可分解的单一目标，请在目标文件中填写上下限。",
        )
    return kind


def _method(metric: dict[str, Any], request: Request) -> str:
    reason = why_not_divided(metric["additivity"])
    method = request.method or ("capacity" if reason is None else "identity")
    for name, value, known in (
        ("method", method, METHODS),
        ("spread", request.spread or SPREADS[0], SPREADS),
        ("grain", request.by, FINEST),
        ("level", request.down_to, LEVELS),
    ):
        if value not in known:
            raise PlanningError(
                f"There is no {name} '{value}': choose {', '.join(known)}.", f"未知选项：{value}。"
            )
    if reason is not None and method != "identity":
        raise PlanningError(
            f"{metric['metric_id']} cannot be divided by {method}: {reason[0]}. Leave the method out.",
            f"{metric['metric_id']} 不能按 {method} 分解：{reason[1]}。请不要指定方法。",
        )
    return method


def _quarter_start(month: Period) -> date:
    return month.start.replace(month=month.start.month - (month.start.month - 1) % 3)


def _last_place(amounts: Iterable[Decimal]) -> Decimal:
    """The finest decimal place that any of the amounts uses, 1 at the most."""
    return Decimal(1).scaleb(min(0, *(amount.normalize().as_tuple().exponent for amount in amounts)))


def _residual(subject: Subject, residual: Decimal) -> Words:
    if residual > 0:
        return (
            f"{residual} of {subject} stays with it: nobody below can take it.",
            f"{subject} 的 {residual} 未能下达：下级无人可承担。",
        )
    return (
        f"The settled targets below {subject} are {-residual} more than its own.",
        f"{subject} 下级已锁定的目标超出其自身 {-residual}。",
    )


def _summed(pairs: Iterable[tuple[Subject, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for subject, amount in pairs:
        sums[str(subject)] += amount
    return dict(sums)
