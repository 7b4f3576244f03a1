"""DEF: is every metric defined, and by whom?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from sqlglot import exp

from metric_library.expressions import parse_expression
from metric_library.library import Library
from metric_library.normal_form import Form, Formula, NormalForm, Unsupported, grains_of, reduce_metric
from metric_library.problems import Problem
from quality.findings import Finding
from quality.rules.rule import ENDED_STATUSES, Rule, Subject

_ARTICLES = re.compile(r"^(the|a|an)\b")
_NOT_LETTERS = re.compile(r"[\W_]+")


class DefinitionSaysSomething(Rule):
    """Empty definitions, and those that only repeat the name."""

    rule_id = "DEF-01"
    severity = "error"
    title = "definition or formula empty, or definition merely repeats the name"
    title_zh = "定义或公式为空，或定义只是重复名称"
    holds_out = True

    def check(self, subject: Subject) -> Iterator[Finding]:
        used = {name for metric in subject.library.definitions for name in subject.library.inputs_of(metric)}
        for name, metric in subject.library.definitions.items():
            if metric.kpi is None:
                if name not in used and metric.path[0] == "metrics":
                    yield self.metric(
                        metric,
                        metric.line,
                        f"`{name}` says nothing about what it means and no metric uses it; "
                        "add config.meta.kpi or delete the file",
                        f"`{name}` 没有业务含义且未被任何指标使用；请补充 config.meta.kpi 或删除该文件",
                    )
                continue
            names = {_plain(text) for text in (name, metric.spec.label)}
            description = _plain(metric.spec.description)
            if not description or description in names:
                what, zh = (
                    ("merely repeats the name", "只是重复名称") if description else ("is empty", "为空")
                )
                yield self.metric(
                    metric,
                    metric.line_of("description"),
                    f"the description of `{name}` {what}; say what is counted, over what, and when",
                    f"`{name}` 的英文定义{zh}；请写明统计什么、范围与时点",
                )
            if _plain(metric.kpi.definition_zh) in ("", _plain(metric.kpi.name_zh)):
                yield self.metric(
                    metric,
                    metric.line_of_kpi("definition_zh"),
                    f"definition_zh of `{name}` is empty or merely repeats the name; write it out in Chinese",
                    f"`{name}` 的中文定义为空或只是重复名称；请写明统计口径",
                )


class FormulaResolves(Rule):
    """Files that cannot be read, unknown keys and values, unknown inputs, filters on dimensions that do not
    exist.
    """

    rule_id = "DEF-02"
    severity = "error"
    title = "formula does not parse, or references unknown metric/measure/column"
    title_zh = "公式无法解析，或引用了未知的指标、度量、字段"
    holds_out = True
    kinds = ("syntax", "schema", "reference", "formula")

    def check(self, subject: Subject) -> Iterator[Finding]:
        for problem in subject.library.problems:
            if problem.kind in self.kinds:
                yield _of_problem(self, problem)
        for name, metric in subject.library.computable.items():
            form = reduce_metric(subject.library, name)
            if isinstance(form, Unsupported):
                yield self.metric(
                    metric,
                    metric.line_of("type_params"),
                    f"`{name}` cannot be computed: it {form.reason}",
                    f"`{name}` 无法计算：{form.reason_zh}",
                )


class OffsetHasBase(Rule):
    """Grains in which an offset leads to no period, so that the metric is not published there."""

    rule_id = "DEF-14"
    severity = "warning"
    title = "offset leads to no period of the grain"
    title_zh = "时间偏移在该粒度下没有对应周期"

    def check(self, subject: Subject) -> Iterator[Finding]:
        for name, metric in subject.library.computable.items():
            published = grains_of(subject.library, name)
            for grain in (g for g in metric.kpi.grains if g not in published):
                yield self.metric(
                    metric,
                    metric.line_of_kpi("grains"),
                    f"`{name}` is not published by {grain}: its offset leads to no {grain}; remove the grain",
                    f"`{name}` 不按 {grain} 发布：其时间偏移没有对应的 {grain}；请删除该粒度",
                )


class NoCycle(Rule):
    """Derived metrics that lead back to themselves."""

    rule_id = "DEF-03"
    severity = "error"
    title = "dependency cycle among derived metrics"
    title_zh = "派生指标循环依赖"
    holds_out = True

    def check(self, subject: Subject) -> Iterator[Finding]:
        for problem in subject.library.problems:
            if problem.kind == "cycle":
                yield _of_problem(self, problem)


class RatioHasDenominator(Rule):
    """Ratios without a denominator, and metrics that divide without saying what nothing below the line
    means.
    """

    rule_id = "DEF-04"
    severity = "error"
    title = "ratio lacks denominator, or has no zero-denominator policy"
    title_zh = "比率缺少分母，或未规定分母为零的处理"
    holds_out = True

    def check(self, subject: Subject) -> Iterator[Finding]:
        for problem in subject.library.problems:
            if problem.kind == "denominator":
                yield _of_problem(self, problem)
        for name, metric in subject.library.computable.items():
            form = reduce_metric(subject.library, name)
            if _divides(form) and metric.kpi and metric.kpi.zero_denominator is None:
                yield self.metric(
                    metric,
                    metric.line_of_kpi(),
                    f"`{name}` divides, but does not say what it is when nothing is below the line; "
                    "add zero_denominator: no_data (or zero)",
                    f"`{name}` 含除法，但未规定分母为零时的结果；请补充 zero_denominator: no_data（或 zero）",
                )


def _divides(form: Form) -> bool:
    if isinstance(form, Formula):
        return parse_expression(form.expression).find(exp.Div) is not None
    return isinstance(form, NormalForm) and bool(form.denominator)


class DirectionAndRange(Rule):
    """Which way is better, and which values can be right at all."""

    rule_id = "DEF-06"
    severity = "error"
    title = "direction or valid range missing; observed value outside valid range"
    title_zh = "缺少方向或有效范围；或观测值超出有效范围"
    holds_out = True

    def check(self, subject: Subject) -> Iterator[Finding]:
        for name, metric in subject.library.metrics.items():
            for field, zh, example in (
                ("direction", "方向", "up, down, band or maintain"),
                ("valid_range", "有效范围", "[0, 1]; null leaves a side open"),
            ):
                if metric.kpi and getattr(metric.kpi, field) is None:
                    yield self.metric(
                        metric,
                        metric.line_of_kpi(),
                        f"`{name}` has no {field}; add it: {example}",
                        f"`{name}` 缺少{zh}（{field}），请补上，例如 {example}",
                    )


class StewardAndApprover(Rule):
    """Who keeps the definition right and who approves it: positions that exist, the steward's held by
    somebody.
    """

    rule_id = "DEF-07"
    severity = "error"
    title = "no steward/approver, or steward left the company at as_of"
    title_zh = "缺少数据负责人或审批人，或负责人岗位当日无人在任"

    def check(self, subject: Subject) -> Iterator[Finding]:
        for name, metric in subject.library.metrics.items():
            kpi = metric.kpi
            if kpi is None or kpi.status in ENDED_STATUSES or name in subject.not_computable:
                continue
            for role, zh, position in (
                ("steward", "数据负责人", kpi.steward),
                ("approver", "审批人", kpi.approver),
            ):
                wrong = _position_problem(subject, position, must_be_held=role == "steward")
                if wrong:
                    yield self.metric(
                        metric,
                        metric.line_of_kpi(role),
                        f"the {role} of `{name}` {wrong[0]}",
                        f"`{name}` 的{zh}{wrong[1]}",
                    )


def observed_outside_range(library: Library, rows: Iterable[dict[str, Any]]) -> list[Finding]:
    """DEF-06 by night: metrics with published values that cannot be right, one finding each, with the worst
    value.

    `rows` are rows of `metric_value` (metric_id, subject_type, subject_id, period_grain, period_start,
    value).
    """
    outside: dict[str, list[tuple[Decimal, dict[str, Any]]]] = defaultdict(list)
    for row in rows:
        metric = library.metrics.get(row["metric_id"])
        if row["value"] is None or metric is None or metric.kpi is None:
            continue
        value = Decimal(str(row["value"]))
        low, high = metric.kpi.valid_range or (None, None)
        distance = max(
            low - value if low is not None else value * 0, value - high if high is not None else value * 0
        )
        if distance > 0:
            outside[metric.metric_id].append((distance, row))
    return [_observed(library, name, found) for name, found in sorted(outside.items())]


def _observed(library: Library, name: str, found: list[tuple[Decimal, dict[str, Any]]]) -> Finding:
    metric = library.metrics[name]
    _, worst = max(
        found, key=lambda item: (item[0], str(item[1]["subject_id"]), str(item[1]["period_start"]))
    )
    where = f"{worst['subject_type']} {worst['subject_id']}, {worst['period_grain']} {worst['period_start']}"
    low, high = (None if end is None else f"{end:f}" for end in metric.kpi.valid_range or (None, None))
    limits = f"[{low}, {high}]".replace("None", "null")
    return DirectionAndRange().metric(
        metric,
        metric.line_of_kpi("valid_range"),
        f"{len(found)} value(s) of `{name}` lie outside {limits}, the worst being {worst['value']} "
        f"({where}); "
        "correct the data, the formula or the range",
        f"`{name}` 有 {len(found)} 个值超出 {limits}，最严重的是 {worst['value']}（{where}）；"
        "请更正数据、公式或范围",
    )


def _of_problem(rule: Rule, problem: Problem) -> Finding:
    object_type = "metric" if problem.metric_id else "semantic_model"
    object_id = problem.metric_id or problem.semantic_model or problem.file.stem
    return rule.at(object_type, object_id, problem.file, problem.line, problem.message, problem.message_zh)


def _position_problem(
    subject: Subject, position: str | None, *, must_be_held: bool
) -> tuple[str, str] | None:
    """What is wrong with `position:<id>`, in English and Chinese."""
    if position is None:
        return (
            "is missing; name a position, as position:<position_id>",
            "缺失；请填写岗位，格式 position:<岗位编号>",
        )
    known = subject.company.positions if subject.company else None
    if subject.company is None or known is None:
        return None
    identity = subject.company.profile.position(position)
    if identity not in known:
        return (
            f"is position {identity}, which does not exist on {subject.as_of}; name one that does",
            f"岗位 {identity} 在 {subject.as_of} 不存在；请改为现有岗位",
        )
    held = subject.company.held_positions
    if must_be_held and held is not None and identity not in held:
        return (
            f"is position {identity}, which nobody holds on {subject.as_of}; fill it or name another",
            f"岗位 {identity} 在 {subject.as_of} 无人在任；请补任或改派",
        )
    return None


def _plain(text: str) -> str:
    """Letters only, without an article: to compare a definition with a name."""
    return _NOT_LETTERS.sub("", _ARTICLES.sub("", text.strip().lower()))
