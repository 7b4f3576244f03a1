"""BAL: is what is measured a balanced whole, for a unit, a chain of goals and a person?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from metric_library.library import Metric
from metric_library.normal_form import components_of
from quality.company import Row
from quality.findings import Finding
from quality.rules.cascade import Cascade, holds
from quality.rules.rule import LIVE_STATUSES, Rule, Subject

PERSPECTIVES = ("financial", "customer", "process", "learning")
LENSES = ("effectiveness", "efficiency", "benefit")
DIMENSIONS = ("time", "quantity", "quality", "cost")
FEWEST_PERSPECTIVES = 3
SCORECARD_SIZE = 5  # fewer core metrics are not expected to cover three perspectives
CHAIN_SIZE = (3, 5)
MOST_CORE_METRICS = 7
# What people say of their own experience; how many of them answer is not among it.
EXPERIENCE_FACTS = ("fct_satisfaction_rating", "fct_survey_response", "fct_internal_rating")
MOST_EFFORT = Decimal(80)


@dataclass(frozen=True)
class Portfolio:
    """The goals in force on the as-of day, with the metrics that measure them and everything below them."""

    subject: Subject

    @cached_property
    def cascade(self) -> Cascade:
        """Goals and edges."""
        return Cascade(self.subject)

    @cached_property
    def goals(self) -> list[Row]:
        """Goals that are active and whose period holds the as-of day."""
        day = self.subject.as_of
        return [
            goal
            for goal in self.cascade.goals.values()
            if goal["lifecycle_state"] == "active"
            and (goal["period_start_on"] is None or goal["period_start_on"] <= day)
            and (goal["period_end_on"] is None or day < goal["period_end_on"])
        ]

    @cached_property
    def core(self) -> dict[str, list[str]]:
        """Goal → its core metrics."""
        found: dict[str, list[str]] = defaultdict(list)
        for row in self.cascade.goal_metrics:
            if row["score_role"] == "core":
                found[row["goal_id"]].append(row["metric_id"])
        return found

    def below(self, goal_id: str) -> set[str]:
        """A goal and all goals below it that are in force."""
        living = {goal["goal_id"] for goal in self.goals}
        return self.cascade.reached(goal_id, self.cascade.children) & living

    def metrics(self, names: Iterator[str] | list[str] | set[str]) -> list[Metric]:
        """Those of the named metrics that can be computed and mean something."""
        found = (self.subject.library.computable.get(name) for name in sorted(set(names)))
        return [metric for metric in found if metric is not None and metric.kpi is not None]

    def core_below(self, goal_id: str) -> list[Metric]:
        """Core metrics of a goal and of the goals below it."""
        return self.metrics({name for goal in self.below(goal_id) for name in self.core[goal]})

    def all_below(self, goal_id: str) -> list[Metric]:
        """Metrics of a goal and of the goals below it, watched ones included."""
        return self.metrics({n for goal in self.below(goal_id) for n in self.cascade.metrics.get(goal, [])})

    @cached_property
    def of_unit(self) -> dict[str, list[Row]]:
        """Unit → its goals."""
        found: dict[str, list[Row]] = defaultdict(list)
        for goal in self.goals:
            if goal["org_unit_id"]:
                found[goal["org_unit_id"]].append(goal)
        return found


class UnitCoversPerspectives(Rule):
    """Units whose scorecard leaves out more than one perspective."""

    rule_id = "BAL-01"
    severity = "warning"
    title = "org unit scorecard covers < 3 of 4 BSC perspectives"
    title_zh = "单元计分卡覆盖不足三个平衡计分卡维度"

    def check(self, subject: Subject) -> Iterator[Finding]:
        portfolio = Portfolio(subject)
        for unit, goals in portfolio.of_unit.items():
            core = portfolio.metrics({name for goal in goals for name in portfolio.core[goal["goal_id"]]})
            covered = {goal["perspective"] for goal in goals} | {metric.perspective for metric in core}
            lacking = [one for one in PERSPECTIVES if one not in covered]
            if len(core) >= SCORECARD_SIZE and len(lacking) > len(PERSPECTIVES) - FEWEST_PERSPECTIVES:
                yield self.row(
                    goals[0],
                    "org_unit",
                    unit,
                    f"the {len(core)} core metrics of {unit} say nothing of {' and '.join(lacking)}; "
                    "give it a goal there, or say why not in a waiver",
                    f"{unit} 的 {len(core)} 项核心指标未涉及 {'、'.join(lacking)}；请补充目标，"
                    "或以豁免说明理由",
                )


class ChainHasAllLenses(Rule):
    """Strategic goals whose metrics all look from one side."""

    rule_id = "BAL-02"
    severity = "warning"
    title = "metric set lacks one of effectiveness/efficiency/benefit"
    title_zh = "指标组缺少效能、效率、效益之一"

    def check(self, subject: Subject) -> Iterator[Finding]:
        portfolio = Portfolio(subject)
        for goal in portfolio.goals:
            metrics = [m for m in portfolio.all_below(goal["goal_id"]) if m.kpi and m.kpi.lens]
            seen = {lens for metric in metrics if metric.kpi for lens in metric.kpi.lens}
            lacking = [lens for lens in LENSES if lens not in seen]
            if goal["kind"] == "strategic" and len(metrics) >= len(LENSES) and lacking:
                yield self.goal(
                    goal,
                    f"none of the {len(metrics)} metrics under {goal['goal_id']} shows "
                    f"{' or '.join(lacking)}; "
                    "one that looks from one side only misleads: add one",
                    f"{goal['goal_id']} 下的 {len(metrics)} 项指标均未体现 {'、'.join(lacking)}；"
                    "单一视角会误导，请补充",
                )


class ProcessHasDimensions(Rule):
    """Objectives of the process perspective that are seen in one dimension, or in two."""

    rule_id = "BAL-03"
    severity = "error"
    title = "process with < 2 (W if < 3) of time/quantity/quality/cost"
    title_zh = "流程目标的时间、数量、质量、成本维度不足"

    def check(self, subject: Subject) -> Iterator[Finding]:
        portfolio = Portfolio(subject)
        for goal in portfolio.goals:
            metrics = [m for m in portfolio.all_below(goal["goal_id"]) if m.kpi and m.kpi.dimensions]
            if goal["kind"] != "objective" or goal["perspective"] != "process" or not metrics:
                continue
            seen = {one for metric in metrics if metric.kpi for one in metric.kpi.dimensions}
            lacking = [one for one in DIMENSIONS if one not in seen]
            if len(seen) < FEWEST_PERSPECTIVES:
                finding = self.goal(
                    goal,
                    f"the process behind {goal['goal_id']} is seen only in "
                    f"{', '.join(sorted(seen)) or 'nothing'};"
                    f" add a metric of {' or '.join(lacking)}",
                    f"{goal['goal_id']} 的流程仅有 {'、'.join(sorted(seen)) or '无'} 维度；"
                    f"请补充 {'、'.join(lacking)} 指标",
                )
                yield finding if len(seen) < 2 else replace(finding, severity="warning")


class ChainReachesPeople(Rule):
    """Strategic goals that no team or nobody in particular carries further."""

    rule_id = "BAL-04"
    severity = "warning"
    title = "chain missing individual, team or org level"
    title_zh = "目标链缺少个人、团队或组织层级"

    def check(self, subject: Subject) -> Iterator[Finding]:
        portfolio = Portfolio(subject)
        carried: dict[str, set[str]] = defaultdict(set)
        for row in subject.rows("library.metric_assignments"):
            if holds(row, subject.as_of) and row["role"] in ("owner", "collaborator"):
                carried[row["metric_id"]].add(row["subject_type"])
        for goal in portfolio.goals:
            below = portfolio.below(goal["goal_id"])
            if goal["kind"] != "strategic" or len(below) == 1 or not carried:
                continue
            levels = {portfolio.cascade.goals[one]["level"] for one in below}
            carriers = {
                one for metric in portfolio.core_below(goal["goal_id"]) for one in carried[metric.metric_id]
            }
            lacking = [
                (en, zh)
                for en, zh, there in (
                    ("a unit's objective", "部门目标", "tactical" in levels),
                    ("a team's goal", "团队目标", "execution" in levels),
                    ("a position or person", "岗位或个人", bool(carriers & {"position", "employee"})),
                )
                if not there
            ]
            if lacking:
                yield self.goal(
                    goal,
                    f"{goal['goal_id']} does not reach {' nor '.join(en for en, _ in lacking)}; carry "
                    "it further",
                    f"{goal['goal_id']} 尚未落到{'、'.join(zh for _, zh in lacking)}；请继续分解",
                )


class VolumeHasCounter(Rule):
    """Core metrics of quantity or time with nothing beside them that keeps them honest."""

    rule_id = "BAL-05"
    severity = "warning"
    title = "quantity/time/per-head core metric without active counter metric"
    title_zh = "数量、时间或人均类核心指标没有生效的制衡指标"

    def check(self, subject: Subject) -> Iterator[Finding]:
        portfolio = Portfolio(subject)
        core = portfolio.metrics(
            {name for goal in portfolio.goals for name in portfolio.core[goal["goal_id"]]}
        )
        for metric in core:
            kpi = metric.kpi
            if kpi is None or not {"quantity", "time"} & set(kpi.dimensions):
                continue
            living = [
                one
                for one in portfolio.metrics(list(kpi.counter_metrics))
                if one.kpi and one.kpi.status in LIVE_STATUSES
            ]
            if not living:
                yield self.metric(
                    metric,
                    metric.line_of_kpi("counter_metrics"),
                    f"`{metric.metric_id}` is pushed as a core metric of "
                    f"{' and '.join(kpi.dimensions)}, and no living "
                    "metric shows what that costs; name one in counter_metrics",
                    f"`{metric.metric_id}` 是 {'、'.join(kpi.dimensions)} 类核心指标，"
                    "但没有生效的制衡指标；请在 counter_metrics 中填写",
                )


class UnitMeasuresItsPurpose(Rule):
    """Front units without a result for customers or business, middle units without a service level."""

    rule_id = "BAL-06"
    severity = "info"
    title = "front unit without customer/business result; middle unit without service level"
    title_zh = "前台单元缺少客户或业务成果指标，或中台单元缺少服务水平指标"

    def check(self, subject: Subject) -> Iterator[Finding]:
        portfolio = Portfolio(subject)
        types = (subject.company.unit_types if subject.company else None) or {}
        for unit, goals in portfolio.of_unit.items():
            core = portfolio.metrics({name for goal in goals for name in portfolio.core[goal["goal_id"]]})
            kind = types.get(unit)
            results = any(metric.perspective in ("financial", "customer") for metric in core)
            service = any("time" in metric.kpi.dimensions for metric in core if metric.kpi)
            if kind == "front" and not results:
                yield self.row(
                    goals[0],
                    "org_unit",
                    unit,
                    f"{unit} works for customers, but no core metric shows a result for them or the business",
                    f"{unit} 为前台单元，但核心指标未体现客户或业务成果",
                )
            elif kind == "middle" and not results and not service:
                yield self.row(
                    goals[0],
                    "org_unit",
                    unit,
                    f"{unit} supports other units, but no core metric shows how well or how fast",
                    f"{unit} 为中台单元，但核心指标未体现服务水平",
                )


class ChainIsFocused(Rule):
    """Objectives whose chain has so few core metrics that it can be gamed, or so many that none counts."""

    rule_id = "BAL-07"
    severity = "warning"
    title = "chain has < 3 or > 5 core metrics"
    title_zh = "目标链的核心指标少于 3 项或多于 5 项"

    def check(self, subject: Subject) -> Iterator[Finding]:
        portfolio = Portfolio(subject)
        fewest, most = CHAIN_SIZE
        for goal in portfolio.goals:
            count = len(portfolio.core_below(goal["goal_id"]))
            is_chain = goal["kind"] == "objective" and len(portfolio.below(goal["goal_id"])) > 1
            if is_chain and not fewest <= count <= most:
                yield self.goal(
                    goal,
                    f"the chain under {goal['goal_id']} has {count} core metrics, where {fewest} to "
                    f"{most} keep it in "
                    f"sight; {'add one' if count < fewest else 'let some be watched only'}",
                    f"{goal['goal_id']} 的目标链有 {count} 项核心指标，宜为 {fewest}–{most} 项；"
                    f"{'请补充' if count < fewest else '请将部分改为观察'}",
                )


class PersonIsNotOverloaded(Rule):
    """Positions and persons with more core metrics, or more measured time, than anybody can work on."""

    rule_id = "BAL-08"
    severity = "warning"
    title = "person carries > 7 core metrics or measured effort > 80 %"
    title_zh = "个人承担的核心指标多于 7 项，或被度量的工作量超过 80%"

    def check(self, subject: Subject) -> Iterator[Finding]:
        rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in subject.rows("library.metric_assignments"):
            if (
                row["subject_type"] in ("position", "employee")
                and row["role"] in ("owner", "collaborator")
                and holds(row, subject.as_of)
            ):
                rows[(row["subject_type"], row["subject_id"])].append(row)
        for (kind, name), held in rows.items():
            core = {row["metric_id"] for row in held if row["weight"]}
            effort = sum((row.get("effort_pct") or Decimal(0) for row in held), Decimal(0))
            if len(core) > MOST_CORE_METRICS or effort > MOST_EFFORT:
                yield self.row(
                    held[0],
                    kind,
                    name,
                    f"{name} carries {len(core)} core metrics and {effort:f} % of measured effort; at most "
                    f"{MOST_CORE_METRICS} and {MOST_EFFORT} % leave room for the work that nobody counts",
                    f"{name} 承担 {len(core)} 项核心指标、{effort:f}% 的被度量工作量；"
                    f"上限为 {MOST_CORE_METRICS} 项与 {MOST_EFFORT}%，须为未被度量的工作留出空间",
                )


class PilotShowsThreeSides(Rule):
    """Chains that a company tries out first (`pilot_goals` of its profile) and that do not show whether work
    became quicker, better and more pleasant: a pilot that shows one side proves nothing of the others.
    """

    rule_id = "BAL-10"
    severity = "warning"
    title = "pilot package lacks efficiency, quality or experience"
    title_zh = "试点指标包缺少效率、质量或体验指标"

    def check(self, subject: Subject) -> Iterator[Finding]:
        if subject.company is None:
            return
        portfolio = Portfolio(subject)
        living = {goal["goal_id"]: goal for goal in portfolio.goals}
        profile = subject.company.profile
        for name in profile.pilot_goals:
            if name not in living:
                yield self.at(
                    "goal",
                    name,
                    profile.file,
                    1,
                    f"the pilot goal {name} is not an active goal on {subject.as_of}; correct pilot_goals",
                    f"试点目标 {name} 在 {subject.as_of} 不是生效目标；请更正 pilot_goals",
                )
                continue
            lacking = list(self._lacking(subject, portfolio.all_below(name)))
            if lacking:
                yield self.goal(
                    living[name],
                    f"the pilot under {name} has no metric of {' or '.join(en for en, _ in lacking)}; add "
                    "one, or nobody can say what the pilot brought",
                    f"{name} 的试点指标包缺少{'、'.join(zh for _, zh in lacking)}指标；"
                    "请补充，否则无法说明试点成效",
                )

    def _lacking(self, subject: Subject, metrics: list[Metric]) -> Iterator[tuple[str, str]]:
        told = [metric.kpi for metric in metrics if metric.kpi]
        if not any("efficiency" in kpi.lens for kpi in told):
            yield "efficiency", "效率"
        if not any("quality" in kpi.dimensions for kpi in told):
            yield "quality", "质量"
        facts = {part.fact for m in metrics for part in components_of(subject.library, m.metric_id)}
        if not facts & set(EXPERIENCE_FACTS):
            yield "experience", "体验"
