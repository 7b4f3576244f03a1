"""LIN: do the edges of the cascade say things about figures that can be true?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from metric_library.library import Metric
from metric_library.normal_form import additivity
from quality.company import Row
from quality.findings import Finding
from quality.rules.cascade import Cascade, holds
from quality.rules.rule import Rule, Subject
from quality.rules.unit import MixedUnitsError, agrees, composed_unit, unit_words

OPERANDS = {"ratio": {"numerator", "denominator"}, "difference": {"minuend", "subtrahend"}}
SUMMABLE = ("additive", "semi_additive")
Problem = tuple[str, str]


@dataclass(frozen=True)
class Figures:
    """The metrics that the edges tie: those they name, else the core metric of the greatest weight."""

    subject: Subject
    cascade: Cascade

    @cached_property
    def main_metric(self) -> dict[str, str]:
        """Goal → its core metric of the greatest weight."""
        core = [row for row in self.cascade.goal_metrics if row["score_role"] == "core"]
        core.sort(key=lambda row: (-(row["weight"] or 0), row["metric_id"]))
        return {row["goal_id"]: row["metric_id"] for row in reversed(core)}

    def above(self, edge: Row) -> str | None:
        """Id of the metric above."""
        return edge["parent_metric_id"] or self.main_metric.get(edge["parent_goal_id"])

    def below(self, edge: Row) -> str | None:
        """Id of the metric below."""
        return edge["child_metric_id"] or self.main_metric.get(edge["child_goal_id"])

    def metric(self, metric_id: str | None) -> Metric | None:
        """The metric, where it can be computed."""
        return self.subject.library.computable.get(metric_id or "")


def edge_figures(subject: Subject) -> Figures:
    """The figures that the edges of a company tie."""
    return Figures(subject, Cascade(subject))


class IdentityCanHold(Rule):
    """Identities whose figures, operation, parts or shares cannot make up the figure above. Whether they do
    is seen every night in `mart_cascade_reconciliation`.
    """

    rule_id = "LIN-04"
    severity = "error"
    title = "identity edge not reconciling: unknown figure, wrong operation or unit, children not exhaustive"
    title_zh = "恒等关系无法成立：指标不明、运算或单位不符，或下级不完整"

    def check(self, subject: Subject) -> Iterator[Finding]:
        figures = edge_figures(subject)
        identities: dict[tuple[str, str | None, str], list[Row]] = {}
        for edge in figures.cascade.edges:
            if edge["kind"] == "identity":
                key = (edge["parent_goal_id"], figures.above(edge), edge["operation"] or "sum")
                identities.setdefault(key, []).append(edge)
        for (_, above, operation), edges in identities.items():
            for edge in edges:
                for message, zh in _edge_problems(figures, above, operation, edge):
                    yield self.edge(edge, message, zh)
            for message, zh in _identity_problems(figures, above, operation, edges):
                yield self.edge(edges[0], message, zh)


def _edge_problems(figures: Figures, above: str | None, operation: str, edge: Row) -> Iterator[Problem]:
    """What is wrong with one part of an identity."""
    below = figures.below(edge)
    for name, side, zh in ((above, "above", "上级"), (below, "below", "下级")):
        if figures.metric(name) is None:
            told = f"`{name}`, which is not a metric that can be computed" if name else "none"
            yield (
                f"an identity ties two figures, but the one {side} is {told}; name it in "
                f"{'parent' if side == 'above' else 'child'}_metric_id",
                f"恒等关系需要两个数值，但{zh}为 {name or '空'}，无法计算；请在 "
                f"{'parent' if side == 'above' else 'child'}_metric_id 中填写",
            )
    allowed = OPERANDS.get(operation, {None})
    if edge["operand"] not in allowed:
        known = " or ".join(sorted(one for one in allowed if one)) or "empty"
        yield (
            f"operand is {edge['operand'] or 'empty'}, but in a {operation} it is {known}; correct it",
            f"operand 为 {edge['operand'] or '空'}，而 {operation} 中应为 {known}；请更正",
        )
    metric, kind = figures.metric(below), edge["child_subject_type"]
    if metric and metric.kpi and kind and kind not in metric.kpi.levels:
        yield (
            f"`{below}` has no figures for a {kind}; choose one of {', '.join(metric.kpi.levels)}",
            f"`{below}` 不按 {kind} 计算；可选 {', '.join(metric.kpi.levels)}",
        )


def _identity_problems(
    figures: Figures, above: str | None, operation: str, edges: list[Row]
) -> Iterator[Problem]:
    """What is wrong with the parts taken together."""
    parent, parts = figures.metric(above), [figures.metric(figures.below(edge)) for edge in edges]
    if operation == "sum":
        yield from _shares(edges)
    given = {edge["operand"] for edge in edges}
    lacking = sorted(OPERANDS.get(operation, set()) - given)
    if lacking or (operation == "product" and len(edges) < 2):
        what = ", ".join(lacking) or "a second factor"
        yield (
            f"the {operation} is not complete, for it lacks {what}; add the edge",
            f"{operation} 不完整，缺少 {what}；请补充关系",
        )
    if len({edge["tolerance"] for edge in edges}) > 1:
        yield (
            f"the edges of one {operation} state different tolerances; state one",
            f"同一 {operation} 的各关系容差不一致；请统一",
        )
    if parent is None or None in parts:
        return
    yield from _units(figures, parent, operation, list(zip(edges, [p for p in parts if p], strict=True)))


def _shares(edges: list[Row]) -> Iterator[Problem]:
    shares = [edge["share"] for edge in edges if edge["share"] is not None]
    if shares and (len(shares) < len(edges) or sum(shares) != 1):
        yield (
            f"the shares of the {len(edges)} children come to {sum(shares):f}, not to 1: they do not make "
            "up the whole; correct the shares or add the missing child",
            f"{len(edges)} 个下级的份额合计 {sum(shares):f}，不等于 1，未构成整体；"
            "请更正份额或补充缺少的下级",
        )


def _units(
    figures: Figures, parent: Metric, operation: str, parts: list[tuple[Row, Metric]]
) -> Iterator[Problem]:
    """Figures that cannot be added, and parts whose units do not make the unit above."""
    name = parent.metric_id
    if operation in OPERANDS or operation == "product":
        summed = []
    else:
        summed = [m.metric_id for m in (parent, *(m for _, m in parts))]
    library = figures.subject.library
    rates = sorted({m for m in summed if additivity(library, m) not in SUMMABLE})
    if rates:
        yield (
            f"{', '.join(rates)} cannot be added up: the sum of ratios is no ratio; use influence, or an "
            "operation that fits",
            f"{', '.join(rates)} 不可相加：比率之和不是比率；请改为影响关系或合适的运算",
        )
        return
    units = [(edge["operand"], m.kpi.unit if m.kpi else None) for edge, m in parts]
    try:
        inferred = composed_unit(operation, units)
    except MixedUnitsError as mixed:
        left, right = unit_words(mixed.left), unit_words(mixed.right)
        yield (
            f"the {operation} adds or subtracts {left} and {right}; bring the children to one unit",
            f"{operation} 将 {left} 与 {right} 相加减；请统一下级指标的单位",
        )
        return
    declared = parent.kpi.unit if parent.kpi else None
    if declared is not None and not agrees(declared, inferred):
        yield (
            f"`{name}` is stated in {declared}, but the {operation} of its children yields "
            f"{unit_words(inferred)}; correct the operation or the metrics",
            f"`{name}` 的单位为 {declared}，而下级的 {operation} 得出 {unit_words(inferred)}；"
            "请更正运算或指标",
        )


class SignFollowsDirections(Rule):
    """Influence edges whose sign contradicts which way the two figures are to go."""

    rule_id = "LIN-07"
    severity = "error"
    title = "edge sign contradicts the directions (up-metric as positive driver of a down goal)"
    title_zh = "影响方向与指标方向矛盾"

    def check(self, subject: Subject) -> Iterator[Finding]:
        figures = edge_figures(subject)
        for edge in figures.cascade.edges:
            if edge["kind"] != "influence" or edge["expected_sign"] is None:
                continue
            above, below = figures.above(edge), figures.below(edge)
            ways = [m.kpi.direction for m in map(figures.metric, (above, below)) if m and m.kpi]
            if len(ways) < 2 or not set(ways) <= {"up", "down"}:
                continue
            sign = "positive" if ways[0] == ways[1] else "negative"
            if edge["expected_sign"] != sign:
                yield self.edge(
                    edge,
                    f"the edge expects a {edge['expected_sign']} influence of `{below}` ({ways[1]} is better)"
                    f" on `{above}` ({ways[0]} is better): whoever improves the one would spoil the other; "
                    f"a {sign} sign would fit, or other metrics",
                    f"该关系预期 `{below}`（{ways[1]} 为优）对 `{above}`（{ways[0]} 为优）的影响为 "
                    f"{edge['expected_sign']}：改善前者将损害后者；应为 {sign}，或更换指标",
                )


class IndividualCanActOnMetric(Rule):
    """Metrics that a position or person answers for without a hold on them, nor a lever that moves them."""

    rule_id = "LIN-06"
    severity = "warning"
    title = "individual-level metric with low controllability and no influence path"
    title_zh = "个人指标可控性低且没有影响路径"

    def check(self, subject: Subject) -> Iterator[Finding]:
        figures = edge_figures(subject)
        levers = {
            figures.above(edge)
            for edge in figures.cascade.edges
            if edge["kind"] == "influence" and figures.below(edge) != figures.above(edge)
        }
        seen: set[str] = set()
        for row in subject.rows("library.metric_assignments"):
            metric = figures.metric(row["metric_id"])
            low = metric is not None and metric.kpi is not None and metric.kpi.controllability == "low"
            individual = row["subject_type"] in ("position", "employee") and row["role"] == "owner"
            if not (low and individual and holds(row, subject.as_of)):
                continue
            if row["metric_id"] in levers or row["metric_id"] in seen:
                continue
            seen.add(row["metric_id"])
            yield self.row(
                row,
                "metric",
                row["metric_id"],
                f"{row['subject_id']} answers for `{row['metric_id']}`, which is hardly in one's hands, "
                "and no influence edge says what moves it; add an edge to what "
                "can be done, or let a unit carry it",
                f"{row['subject_id']} 负责 `{row['metric_id']}`，该指标个人难以掌控，"
                "且没有影响关系说明如何推动；请补充到可行动指标的影响关系，或改由单元承担",
            )
