"""A metric's formula as people read it, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from sqlglot import exp

from metric_library.expressions import parse_expression
from metric_library.filters import filter_sql
from metric_library.library import Library, Metric
from metric_library.spec import ConversionParams, MeasureInput, MetricInput
from metric_library.validation import measure_expression

Language = Literal["en", "zh"]

_REFERENCE = re.compile(r"\{\{\s*\w+\(\s*['\"]([^'\"]+)['\"].*?\}\}", re.DOTALL)
_OPERATORS = {exp.Add: "+", exp.Sub: "−", exp.Mul: "×", exp.Div: "÷"}
_GRAINS = {"day": "日", "week": "周", "month": "月", "quarter": "季", "year": "年"}
_UNITS = {"day": "天", "week": "周", "month": "个月", "quarter": "个季度", "year": "年"}
_AGGREGATIONS = {
    "sum": ("sum of {expression}", "{expression} 之和"),
    "count": ("count of {expression}", "{expression} 的条数"),
    "sum_boolean": ("number of records where {expression}", "满足 {expression} 的记录数"),
    "average": ("mean of {expression}", "{expression} 的平均值"),
    "min": ("least {expression}", "{expression} 的最小值"),
    "max": ("greatest {expression}", "{expression} 的最大值"),
    "count_distinct": ("number of different {expression}", "不同 {expression} 的个数"),
    "median": ("median of {expression}", "{expression} 的中位数"),
    "percentile": ("percentile {percentile} of {expression}", "{expression} 的 {percentile} 分位数"),
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
    elif spec.type == "conversion" and params.conversion_type_params:
        text = _conversion(library, metric, params.conversion_type_params, language)
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
        length = _length(reference.offset_window, language)
        name += f" ({length} earlier)" if language == "en" else f"（{length}前）"
    if grain := reference.offset_to_grain:
        name += f" (first of the {grain})" if language == "en" else f"（{_GRAINS[grain]}内首期）"
    return name + _condition(reference.filter, language)


def _length(text: str, language: Language) -> str:
    """`3 months`, `1 year`; in Chinese `3个月`, `1年`."""
    count, unit = text.split()
    unit = unit.removesuffix("s")
    if language == "zh":
        return f"{count}{_UNITS[unit]}"
    return f"{count} {unit}" if int(count) == 1 else f"{count} {unit}s"


def _conversion(library: Library, metric: Metric, params: ConversionParams, language: Language) -> str:
    base = _measure(library, metric, params.base_measure, language)
    _, converted = library.measures[params.conversion_measure.name]
    what = converted.label or converted.name
    if language == "zh":
        what = converted.config.get("meta", {}).get("name_zh") or what
    same = [params.entity, *(pair.base_property for pair in params.constant_properties)]
    condition = _condition(params.conversion_measure.filter, language)
    share = params.calculation == "conversion_rate"
    if language == "en":
        within = f" within {_length(params.window, language)}" if params.window else ""
        how = "share of" if share else "number of conversions of"
        return f"{how} [{base}] followed{within} by {what}{condition}, matched by {', '.join(same)}"
    within = f" {_length(params.window, language)}内" if params.window else ""
    how = "所占比例" if share else "次数"
    return f"[{base}]{within}发生 {what}{condition}的{how}，按 {'、'.join(same)} 匹配"


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
    percentile = measure.agg_params.percentile if measure.agg_params else None
    what = {"expression": measure_expression(measure), "percentile": percentile}
    over = measure.non_additive_dimension
    if language == "en":
        where = f" where {condition}" if condition else ""
        day = "first" if over and over.window_choice == "min" else "last"
        at = f"on the {day} day of the period ({date})" if over else f"by {date}"
        return f"{english.format(**what)} in {model.fact}{where}, {at}"
    where = f"，条件：{condition}" if condition else ""
    day = "期初日" if over and over.window_choice == "min" else "期末日"
    at = f"取{day}（{date}）" if over else f"按 {date} 统计"
    return f"{model.fact} 中 {chinese.format(**what)}{where}，{at}"


def _cumulated(metric: Metric, language: Language) -> str:
    if metric.spec.type != "cumulative":
        return ""
    window, to_date, at = metric.spec.cumulation
    if window:
        length = _length(window, language)
        held = f"over the last {length}" if language == "en" else f"最近{length}累计"
    elif to_date:
        held = f"since the start of the {to_date}" if language == "en" else f"自{_GRAINS[to_date]}初累计"
    else:
        held = "since the beginning" if language == "en" else "自始累计"
    if language == "en":
        return f", {held}, as of the {at} day of the period"
    return f"，{held}，取周期{'首' if at == 'first' else '末'}日的值"


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
