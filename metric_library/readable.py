"""A metric's formula as people read it, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from sqlglot import exp

from metric_library.expressions import parse_expression
from metric_library.filters import filter_sql
from metric_library.library import Library, Metric
from metric_library.spec import MeasureInput, MetricInput
from metric_library.validation import measure_expression

Language = Literal["en", "zh"]

_REFERENCE = re.compile(r"\{\{\s*\w+\(\s*['\"]([^'\"]+)['\"].*?\}\}", re.DOTALL)
_OPERATORS = {exp.Add: "+", exp.Sub: "−", exp.Mul: "×", exp.Div: "÷"}
_AGGREGATIONS = {
    "sum": ("sum of {}", "{} 之和"),
    "count": ("count of {}", "{} 的条数"),
    "sum_boolean": ("number of records where {}", "满足 {} 的记录数"),
    "average": ("mean of {}", "{} 的平均值"),
    "min": ("least {}", "{} 的最小值"),
    "max": ("greatest {}", "{} 的最大值"),
    "count_distinct": ("number of different {}", "不同 {} 的个数"),
    "median": ("median of {}", "{} 的中位数"),
    "percentile": ("percentile of {}", "{} 的百分位数"),
}


def formula_text(library: Library, metric_id: str, language: Language = "en") -> str:
    """The formula in one line, with the names that people use."""
    metric = library.definitions[metric_id]
    spec, params = metric.spec, metric.spec.type_params
    if spec.type == "ratio" and params.numerator and params.denominator:
        text = " ÷ ".join(_input(library, i, language) for i in (params.numerator, params.denominator))
    elif spec.type == "derived":
        inputs = {i.alias or i.name: i for i in params.metrics}
        text = _expression(
            parse_expression(str(params.expr)), lambda name: _input(library, inputs[name], language)
        )
    else:
        text = "; ".join(_measure(library, metric, reference, language) for reference in spec.measures)
    if spec.inputs:
        text += _condition(spec.filter, language)
    return text + _cumulated(metric, language)


def metric_name(library: Library, metric_id: str, language: Language = "en") -> str:
    """What people call a metric; a building block goes by its measure's name."""
    metric = library.definitions[metric_id]
    if metric.kpi:
        return metric.kpi.name_zh if language == "zh" else metric.spec.label
    if language == "zh" and metric.spec.measures:
        _, measure = library.measures[metric.spec.measures[0].name]
        return measure.config.get("meta", {}).get("name_zh") or metric.spec.label
    return metric.spec.label


def _input(library: Library, reference: MetricInput, language: Language) -> str:
    name = metric_name(library, reference.name, language)
    if reference.offset_window:
        count, grain = reference.offset_window.rstrip("s").split()
        words = {"day": "天", "week": "周", "month": "个月", "quarter": "个季度", "year": "年"}
        earlier = f" ({count} {grain} earlier)" if language == "en" else f"（{count}{words[grain]}前）"
        name += earlier
    return name + _condition(reference.filter, language)


def _condition(filters: list[str], language: Language) -> str:
    """The filters as written, each reference by the name of its dimension."""
    if not filters:
        return ""
    text = _REFERENCE.sub(lambda match: match[1].split("__")[-1], " and ".join(filters))
    return f" (where {text})" if language == "en" else f"（条件：{text}）"


def _measure(library: Library, metric: Metric, reference: MeasureInput, language: Language) -> str:
    model, measure = library.measures[reference.name]
    date = model.date_column(measure)
    filters = (*metric.spec.filter, *reference.filter)
    condition = filter_sql(filters, model.spec, date, library.semantic_specs).sql
    english, chinese = _AGGREGATIONS[measure.agg]
    expression = measure_expression(measure)
    last = measure.non_additive_dimension is not None
    if language == "en":
        where = f" where {condition}" if condition else ""
        at = f"on the last day of the period ({date})" if last else f"by {date}"
        return f"{english.format(expression)} in {model.fact}{where}, {at}"
    where = f"，条件：{condition}" if condition else ""
    at = f"取期末日（{date}）" if last else f"按 {date} 统计"
    return f"{model.fact} 中 {chinese.format(expression)}{where}，{at}"


def _cumulated(metric: Metric, language: Language) -> str:
    if metric.spec.type != "cumulative":
        return ""
    params = metric.spec.type_params
    written = params.cumulative_type_params
    window = (written.window if written else None) or params.window
    to_date = (written.grain_to_date if written else None) or params.grain_to_date
    if window:
        return f", over the last {window}" if language == "en" else f"，滚动窗口 {window}"
    if to_date:
        return f", since the start of the {to_date}" if language == "en" else f"，自 {to_date} 初累计"
    return ", since the beginning" if language == "en" else "，自始累计"


def _expression(tree: exp.Expression, name_of: Callable[[str], str]) -> str:
    if isinstance(tree, exp.Column):
        return name_of(tree.name)
    if isinstance(tree, exp.Paren):
        return f"({_expression(tree.this, name_of)})"
    if isinstance(tree, exp.Neg):
        return f"−{_expression(tree.this, name_of)}"
    if type(tree) in _OPERATORS:
        left, right = _expression(tree.left, name_of), _expression(tree.right, name_of)
        return f"{left} {_OPERATORS[type(tree)]} {right}"
    if isinstance(tree, exp.Nullif):
        return _expression(tree.this, name_of)
    named = tree.transform(
        lambda node: exp.to_identifier(name_of(node.name)) if isinstance(node, exp.Column) else node
    )
    return named.sql()
