"""SCR: do a scorecard's weights add up, are its gates gates, is its bonus a bonus, and what hangs on it?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from metric_library.documents import Document, read_document
from metric_library.library import Metric
from quality.company import Row
from quality.findings import Finding
from quality.rules.cascade import holds
from quality.rules.rule import Rule, Subject
from quality.rules.target import covers

WHOLE = Decimal(100)
LEAST_WEIGHT, GREATEST_WEIGHT = 5, 40
SETTLED_CYCLES = 2
STATES_WITH_FIGURE = ("ok", "not_due", "stale")
CARRYING = ("owner", "collaborator")


@dataclass(frozen=True)
class Item:
    """One line of a scorecard: a row of `metric_assignments`, or for units one of `goal_metrics`."""

    row: Row
    role: str | None
    object_type: str
    object_id: str
    carrier: str
    measured: frozenset[str | None]  # whose targets may measure it; None stands for the whole company

    @property
    def metric_id(self) -> str:
        """The metric."""
        return self.row["metric_id"]

    @property
    def weight(self) -> Decimal | None:
        """Its weight, in percent; of a bonus the points that it can add."""
        return self.row["weight"]


class Scorecards:
    """The items of every scorecard, and the settings that scores are made with."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.goals = {goal["goal_id"]: goal for goal in subject.rows("library.goals")}

    @cached_property
    def assigned(self) -> list[Item]:
        """What carriers are assigned, whenever it holds."""
        roles = {(r["goal_id"], r["metric_id"]): r["score_role"] for r in self.goal_metrics}
        return [
            Item(
                row,
                _role(row, roles.get((row["goal_id"], row["metric_id"]))),
                "metric_assignment",
                row["assignment_id"],
                f"{row['subject_type']} {row['subject_id']}",
                frozenset({row["subject_id"], row["scope_org_unit_id"]}),
            )
            for row in self.subject.rows("library.metric_assignments")
            if row["role"] in CARRYING
        ]

    @cached_property
    def of_goals(self) -> list[Item]:
        """What goals that are neither drafts nor cancelled are measured by."""
        return [
            Item(
                row,
                row["score_role"],
                "goal_metric",
                f"{row['goal_id']}/{row['metric_id']}",
                f"goal {row['goal_id']}",
                frozenset({self.goals[row["goal_id"]]["org_unit_id"]}),
            )
            for row in self.goal_metrics
            if row["goal_id"] in self.goals
            and self.goals[row["goal_id"]]["lifecycle_state"] in ("active", "closed")
        ]

    @cached_property
    def goal_metrics(self) -> list[Row]:
        """Which metric measures which goal."""
        return self.subject.rows("library.goal_metrics")

    @cached_property
    def assigned_in_force(self) -> list[Item]:
        """What carriers are assigned on the as-of day."""
        return [i for i in self.assigned if holds(i.row, self.subject.as_of)]

    @cached_property
    def in_force(self) -> list[Item]:
        """Every item that holds on the as-of day."""
        return self.assigned_in_force + self.of_goals

    @cached_property
    def settings(self) -> Document | None:
        """The project's settings; None where it has no readable file of them."""
        file = self.subject.library.project_dir / "dbt_project.yml"
        return read_document(file)[0] if file.is_file() else None

    def setting(self, name: str) -> Any:
        """One of the vars; None where it is not set."""
        data = self.settings.data if self.settings else {}
        return (data.get("vars") or {}).get(name)

    def has_threshold(self, item: Item) -> bool:
        """Whether a target that covers the as-of day says what the least acceptable value is."""
        return any(
            target["metric_id"] == item.metric_id
            and (target["gate"] is not None or target["kind"] == "within")
            and covers(target, self.subject.as_of)
            and (
                target["subject_id"] in item.measured
                or (target["subject_type"] == "company" and None in item.measured)
            )
            for target in self.subject.rows("library.targets")
        )


class ItemRule(Rule):
    """A rule about lines of scorecards."""

    def item(self, item: Item, message: str, message_zh: str) -> Finding:
        """A finding about one of them."""
        return self.row(item.row, item.object_type, item.object_id, message, message_zh)


class WeightsAddUp(Rule):
    """Carriers and goals whose core items do not weigh 100.00 together, today or on a day to come."""

    rule_id = "SCR-01"
    severity = "error"
    title = "weights of core items are not 100.00"
    title_zh = "核心项权重之和不是 100.00"

    def check(self, subject: Subject) -> Iterator[Finding]:
        cards = Scorecards(subject)
        weighed = (i for i in cards.assigned if i.role == "core" and i.weight is not None)
        for items in _by_carrier(weighed).values():
            days = sorted({subject.as_of, *_changes(items, subject.as_of)})
            yield from self._first(items, {day: [i for i in items if holds(i.row, day)] for day in days})
        for items in _by_carrier(i for i in cards.of_goals if i.role == "core").values():
            yield from self._first(items, {subject.as_of: items})

    def _first(self, items: list[Item], by_day: Mapping[date, list[Item]]) -> Iterator[Finding]:
        for day, held in by_day.items():
            total = sum((i.weight or Decimal(0) for i in held), Decimal(0))
            if held and total != WHOLE:
                carrier = items[0].carrier
                yield self.row(
                    held[0].row,
                    *carrier.split(" ", 1),
                    f"the core weights of {carrier} add up to {total:.2f} on {day}; make them 100.00 "
                    "(until then each counts as its part of the sum)",
                    f"{carrier} 的核心权重在 {day} 合计 {total:.2f}，应为 100.00（在此之前按占比计分）",
                )
                return


class GateIsThreshold(ItemRule):
    """Gates that also weigh, and gates whose target names no threshold."""

    rule_id = "SCR-02"
    severity = "error"
    title = "gate metric also weighted, or gate without threshold"
    title_zh = "门槛指标带权重，或没有门槛值"

    def check(self, subject: Subject) -> Iterator[Finding]:
        cards = Scorecards(subject)
        for item in (i for i in cards.in_force if i.role == "gate"):
            if item.weight:
                yield self.item(
                    item,
                    f"`{item.metric_id}` is a gate of {item.carrier} and weighs {item.weight:.2f}; a gate "
                    "holds the score down and has no weight: leave it empty, or make it a core item",
                    f"`{item.metric_id}` 是 {item.carrier} 的门槛，却有权重 {item.weight:.2f}；"
                    "请清空权重或改为核心项",
                )
            if not cards.has_threshold(item):
                yield self.item(
                    item,
                    f"`{item.metric_id}` is a gate of {item.carrier}, but no target that covers "
                    f"{subject.as_of} names its least acceptable value; fill in `gate` in targets",
                    f"`{item.metric_id}` 是 {item.carrier} 的门槛，但覆盖 {subject.as_of} 的目标值没有门槛；"
                    "请在 targets 中填写 gate",
                )


class WeightIsBetween(ItemRule):
    """Core items that outweigh the rest of a scorecard, or hardly count.

    One or two items cannot keep the upper limit; that a scorecard has so few is no matter of weights.
    """

    rule_id = "SCR-03"
    severity = "warning"
    title = "one item above 40 % or below 5 %"
    title_zh = "单项权重高于 40% 或低于 5%"

    def check(self, subject: Subject) -> Iterator[Finding]:
        weighed = (
            i for i in Scorecards(subject).assigned_in_force if i.role == "core" and i.weight is not None
        )
        for items in _by_carrier(weighed).values():
            most = GREATEST_WEIGHT if len(items) * GREATEST_WEIGHT >= WHOLE else WHOLE
            yield from (self._outside(i) for i in items if not LEAST_WEIGHT <= (i.weight or 0) <= most)

    def _outside(self, item: Item) -> Finding:
        return self.item(
            item,
            f"`{item.metric_id}` weighs {item.weight:.2f} % in the scorecard of {item.carrier}; "
            f"keep items between {LEAST_WEIGHT} % and {GREATEST_WEIGHT} %",
            f"`{item.metric_id}` 在 {item.carrier} 的计分卡中权重为 {item.weight:.2f} %；"
            f"请保持在 {LEAST_WEIGHT} % 至 {GREATEST_WEIGHT} % 之间",
        )


class SoftIsBonus(ItemRule):
    """Soft metrics that can veto a score, and bonuses that nothing caps."""

    rule_id = "SCR-04"
    severity = "error"
    title = "soft metric used as gate, or bonus without cap"
    title_zh = "软性指标用作门槛，或加分没有上限"

    def check(self, subject: Subject) -> Iterator[Finding]:
        cards = Scorecards(subject)
        cap = cards.setting("score_bonus_cap")
        if cards.settings and (not isinstance(cap, int | float) or not 0 <= cap <= WHOLE):
            yield self.at(
                "setting",
                "score_bonus_cap",
                cards.settings.file,
                cards.settings.line("vars", "score_bonus_cap"),
                f"`score_bonus_cap` is {cap}: nothing caps the bonus; set it to a number of points up to 100",
                f"`score_bonus_cap` 为 {cap}，加分没有上限；请设为不超过 100 的分数",
            )
            cap = None
        for item in cards.in_force:
            yield from self._item(item, subject.library.metrics.get(item.metric_id), cap)

    def _item(self, item: Item, metric: Metric | None, cap: float | None) -> Iterator[Finding]:
        if item.role == "gate" and metric and metric.kpi and metric.kpi.hardness == "soft":
            yield self.item(
                item,
                f"`{item.metric_id}` is soft and must not be a gate of {item.carrier}; make it a bonus",
                f"`{item.metric_id}` 是软性指标，不能作为 {item.carrier} 的门槛；请改为加分项",
            )
        if item.role == "bonus" and cap is not None and item.weight is not None and item.weight > cap:
            yield self.item(
                item,
                f"the bonus `{item.metric_id}` of {item.carrier} promises {item.weight:.2f} points, but all "
                f"bonuses together add at most {cap}; promise no more",
                f"{item.carrier} 的加分项 `{item.metric_id}` 承诺 {item.weight:.2f} 分，"
                f"而加分合计不超过 {cap}；请调低",
            )


class NoDataIsNotZero(Rule):
    """Settings that would score a state that has no figure."""

    rule_id = "SCR-05"
    severity = "error"
    title = "score uses no_data as 0"
    title_zh = "把无数据按 0 计分"

    def check(self, subject: Subject) -> Iterator[Finding]:
        cards = Scorecards(subject)
        for index, state in enumerate(cards.setting("score_states") or ()):
            if cards.settings and state not in STATES_WITH_FIGURE:
                yield self.at(
                    "setting",
                    "score_states",
                    cards.settings.file,
                    cards.settings.line("vars", "score_states", index),
                    f"`score_states` names {state}, which has no figure and may not be scored; of "
                    f"{', '.join(STATES_WITH_FIGURE)} it may name any",
                    f"`score_states` 含有 {state}，该状态没有数值，不得计分；"
                    f"可选 {', '.join(STATES_WITH_FIGURE)}",
                )


class PayIsEarned(Rule):
    """Pay that hangs on a metric nobody has experience with, or that is a matter of opinion."""

    rule_id = "SCR-06"
    severity = "warning"
    title = "pay linked to a new metric, or to individual-efficiency or survey factors"
    title_zh = "薪酬与新指标、个人效率或问卷因素挂钩"

    def check(self, subject: Subject) -> Iterator[Finding]:
        cycles = _closed_cycles(subject)
        for row in subject.rows("library.incentive_rules"):
            name = row["metric_id"]
            if row["kind"] != "pay" or name is None or not holds(row, subject.as_of):
                continue
            metric = subject.library.metrics.get(name)
            if metric is None:
                yield self._pay(row, "which the library does not know", "指标库中没有该指标")
            elif metric.kpi and (metric.kpi.hardness == "soft" or metric.kpi.is_product):
                yield self._pay(
                    row, "which is soft: good for a talk, not for pay", "该指标为软性指标，宜用于面谈而非薪酬"
                )
            elif cycles[name] < SETTLED_CYCLES:
                yield self._pay(
                    row,
                    f"whose targets have been through {cycles[name]} closed period(s); wait for "
                    f"{SETTLED_CYCLES}",
                    f"其目标值仅经历 {cycles[name]} 个已结束周期，应满 {SETTLED_CYCLES} 个",
                )

    def _pay(self, row: Row, why: str, why_zh: str) -> Finding:
        return self.row(
            row,
            "incentive_rule",
            row["incentive_rule_id"],
            f"pay is linked to `{row['metric_id']}`, {why}; link it to the score, or make it recognition",
            f"薪酬与 `{row['metric_id']}` 挂钩：{why_zh}；请改为与总分挂钩或改为表彰",
        )


def _role(row: Row, goal_role: str | None) -> str | None:
    """The part that an assignment plays: its own word, else the goal's, else core where it weighs."""
    if row["score_role"]:
        return row["score_role"]
    if goal_role in ("gate", "bonus"):
        return goal_role
    return "core" if row["weight"] is not None else None


def _by_carrier(items: Iterable[Item]) -> dict[str, list[Item]]:
    grouped: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        grouped[item.carrier].append(item)
    return grouped


def _changes(items: list[Item], after: date) -> Iterator[date]:
    """Days to come on which an item begins or has ended."""
    for item in items:
        for day in (item.row["valid_from"], item.row["valid_to"]):
            if day is not None and day > after:
                yield day


def _closed_cycles(subject: Subject) -> Mapping[str, int]:
    """How many periods with targets of a metric are over, of the grain that has most of them."""
    starts: dict[str, dict[str, set[date]]] = defaultdict(lambda: defaultdict(set))
    for target in subject.rows("library.targets"):
        if target["period_start_on"] <= subject.as_of and not covers(target, subject.as_of):
            starts[target["metric_id"]][target["period_grain"]].add(target["period_start_on"])
    return defaultdict(int, {name: max(map(len, grains.values())) for name, grains in starts.items()})
