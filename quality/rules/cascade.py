"""LIN: does every metric serve a goal, and does the cascade of goals hold together?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from quality.company import Row, holds
from quality.findings import Finding
from quality.rules.rule import Rule, Subject

LEVELS = ("strategic", "tactical", "execution")


class Cascade:
    """The goals of a company and the edges between them that hold on the as-of day."""

    def __init__(self, subject: Subject) -> None:
        self.goals = {goal["goal_id"]: goal for goal in subject.rows("library.goals")}
        self.all_edges = subject.rows("library.cascade_edges")
        self.edges = [edge for edge in self.all_edges if holds(edge, subject.as_of)]
        self.goal_metrics = subject.rows("library.goal_metrics")

    @cached_property
    def parents(self) -> Mapping[str, list[str]]:
        """Goal → the goals above it."""
        return _grouped((e["child_goal_id"], e["parent_goal_id"]) for e in self.edges)

    @cached_property
    def children(self) -> Mapping[str, list[str]]:
        """Goal → the goals below it."""
        return _grouped((e["parent_goal_id"], e["child_goal_id"]) for e in self.edges)

    @cached_property
    def metrics(self) -> Mapping[str, list[str]]:
        """Goal → the metrics that measure it."""
        return _grouped((row["goal_id"], row["metric_id"]) for row in self.goal_metrics)

    def reached(self, start: str, steps: Mapping[str, list[str]]) -> set[str]:
        """A goal and all that can be reached from it."""
        found: set[str] = set()
        pending = [start]
        while pending:
            goal = pending.pop()
            if goal not in found:
                found.add(goal)
                pending += steps.get(goal, [])
        return found

    def is_strategic(self, goal_id: str) -> bool:
        """Whether the goal is one of the company's strategic goals, in force."""
        goal = self.goals.get(goal_id)
        return goal is not None and goal["kind"] == "strategic" and goal["lifecycle_state"] != "cancelled"


class MetricServesGoal(Rule):
    """Published metrics that no goal leads to."""

    rule_id = "LIN-01"
    severity = "error"
    title = "published KPI with no path to a strategic goal (orphan)"
    title_zh = "已发布指标与战略目标没有连线（孤儿指标）"

    def check(self, subject: Subject) -> Iterator[Finding]:
        company = subject.company
        if company is None:
            return
        cascade = Cascade(subject)
        if not cascade.goals:
            yield self.at(
                "company",
                company.profile.name,
                company.profile.file,
                1,
                "no goals are connected, so that no metric serves one; map library.goals and "
                "library.goal_metrics",
                "尚未接入目标，任何指标都没有服务对象；请接入 library.goals 与 library.goal_metrics",
            )
            return
        serving = {
            row["metric_id"]
            for row in cascade.goal_metrics
            if any(cascade.is_strategic(g) for g in cascade.reached(row["goal_id"], cascade.parents))
        }
        for name, metric in subject.live.items():
            if name not in serving:
                yield self.metric(
                    metric,
                    metric.line,
                    f"`{name}` is published, but no path leads from it to a strategic goal; link it "
                    "in goal_metrics "
                    "or retire it",
                    f"`{name}` 已发布，但没有通向战略目标的路径；请在 goal_metrics 中关联，或停用该指标",
                )


class EdgeHasRationale(Rule):
    """Cascade edges that do not say how the child supports the parent."""

    rule_id = "LIN-02"
    severity = "warning"
    title = "cascade edge without rationale"
    title_zh = "分解关系缺少支撑理由"

    def check(self, subject: Subject) -> Iterator[Finding]:
        for edge in Cascade(subject).edges:
            if not (edge["rationale"] or "").strip() and not (edge["rationale_zh"] or "").strip():
                way = f"{edge['parent_goal_id']} → {edge['child_goal_id']}"
                yield self.edge(
                    edge,
                    f"the edge {way} does not say how the child supports the parent; write its rationale",
                    f"分解关系 {way} 未说明下级如何支撑上级；请填写理由",
                )


class CascadeHoldsTogether(Rule):
    """Circles, edges to goals that do not exist, and children whose period leaves their parent's."""

    rule_id = "LIN-03"
    severity = "error"
    title = "cycle, or child period outside parent period"
    title_zh = "目标分解成环、指向不存在的目标，或下级周期超出上级周期"

    def check(self, subject: Subject) -> Iterator[Finding]:
        cascade = Cascade(subject)
        for edge in cascade.edges:
            parent, child = edge["parent_goal_id"], edge["child_goal_id"]
            for message, zh in self._problems(cascade, parent, child):
                yield self.edge(edge, message, zh)
        for row in cascade.goal_metrics:
            for what, zh, known, name in (
                ("goal", "目标", cascade.goals, row["goal_id"]),
                ("metric", "指标", {**subject.library.metrics, **subject.library.held_out}, row["metric_id"]),
            ):
                if name not in known:
                    yield self.row(
                        row,
                        "goal_metric",
                        f"{row['goal_id']}/{row['metric_id']}",
                        f"the {what} `{name}` does not exist; correct the row",
                        f"{zh} `{name}` 不存在；请更正该行",
                    )

    def _problems(self, cascade: Cascade, parent: str, child: str) -> Iterator[tuple[str, str]]:
        unknown = [goal for goal in (parent, child) if goal not in cascade.goals]
        for goal in unknown:
            yield f"the goal `{goal}` does not exist; correct the edge", f"目标 `{goal}` 不存在；请更正该关系"
        if parent in cascade.reached(child, cascade.children):
            yield (
                f"the cascade goes round in a circle: {parent} → {child} leads back to {parent}; cut it",
                f"目标分解成环：{parent} → {child} 又回到 {parent}；请断开",
            )
        if not unknown and not _within(cascade.goals[child], cascade.goals[parent]):
            yield (
                f"the period of {child} ({_period(cascade.goals[child])}) leaves that of its parent {parent} "
                f"({_period(cascade.goals[parent])}); align them",
                f"{child} 的周期（{_period(cascade.goals[child])}）超出上级 {parent} 的周期"
                f"（{_period(cascade.goals[parent])}）；请对齐",
            )


class StrategyIsMeasured(Rule):
    """Strategic goals that nothing measures, and cascades that jump over a level."""

    rule_id = "LIN-05"
    severity = "warning"
    title = "strategic goal without a measurable child, or cascade skips a level"
    title_zh = "战略目标没有可度量的下级，或分解跨越层级"

    def check(self, subject: Subject) -> Iterator[Finding]:
        cascade = Cascade(subject)
        for goal_id, goal in cascade.goals.items():
            below = cascade.reached(goal_id, cascade.children)
            measured = any(m in subject.library.metrics for g in below for m in cascade.metrics.get(g, []))
            if cascade.is_strategic(goal_id) and not measured:
                yield self.goal(
                    goal,
                    f"nothing measures the strategic goal {goal_id} or any goal below it; link a metric",
                    f"战略目标 {goal_id} 及其下级都没有度量指标；请关联指标",
                )
        for edge in cascade.edges:
            levels = [
                cascade.goals.get(edge[key], {}).get("level") for key in ("parent_goal_id", "child_goal_id")
            ]
            if None not in levels and LEVELS.index(levels[1]) - LEVELS.index(levels[0]) > 1:
                yield self.edge(
                    edge,
                    f"the edge jumps from level {levels[0]} to {levels[1]}; put a goal between them",
                    f"该关系从 {levels[0]} 层直接跳到 {levels[1]} 层；请补上中间层目标",
                )


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def _within(child: Row, parent: Row) -> bool:
    starts_late = None in (child["period_start_on"], parent["period_start_on"]) or (
        child["period_start_on"] >= parent["period_start_on"]
    )
    ends_early = None in (child["period_end_on"], parent["period_end_on"]) or (
        child["period_end_on"] <= parent["period_end_on"]
    )
    return starts_late and ends_early


def _period(goal: Row) -> str:
    return f"{goal['period_start_on'] or '…'} – {goal['period_end_on'] or '…'}"
