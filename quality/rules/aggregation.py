"""DEF-12: a ratio, a percentile or a distinct count is never averaged or summed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from sqlglot import exp

from metric_library.column_lineage import ColumnLineage
from metric_library.expressions import parse_expression
from metric_library.library import Library, Metric
from metric_library.normal_form import Formula, additivity, reduce_metric
from quality.findings import Finding
from quality.rules.rule import Rule, Subject

VALUES = "metric_value"
VALUE_COLUMN = "value"
ADDABLE = ("additive", "semi_additive")


class NeverAverageRatios(Rule):
    """Models that average or sum published values, and formulas that average ratios."""

    rule_id = "DEF-12"
    severity = "error"
    title = "non-additive metric (ratio, percentile, NPS, distinct count) aggregated by avg/sum in any model"
    title_zh = "对不可加指标（比率、百分位、NPS、去重计数）求平均或求和"
    holds_out = True

    def check(self, subject: Subject) -> Iterator[Finding]:
        library = subject.library
        yield from self._models(library)
        yield from self._measures(library)
        for name, metric in library.computable.items():
            averaged = _averaged_ratios(library, metric)
            if averaged:
                names = ", ".join(averaged)
                yield self.metric(
                    metric,
                    metric.line_of("type_params", "expr"),
                    f"`{name}` averages ratios ({names}); divide the sum of their numerators by the "
                    "sum of their "
                    "denominators",
                    f"`{name}` 对比率求平均（{names}）；应以分子之和除以分母之和",
                )

    def _models(self, library: Library) -> Iterator[Finding]:
        """A model may add values up only where it restricts itself to additive metrics by name."""
        lineage = ColumnLineage(library.dbt_models)
        for model, file in library.dbt_models.files.items():
            if VALUES not in library.dbt_models.inputs(model):
                continue
            text = file.read_text(encoding="utf-8")
            if not re.search(r"\b(avg|sum|mean|median)\s*\(", text, re.IGNORECASE):
                continue
            for call in _aggregated_values(lineage.query(model)):
                metrics = _named_metrics(call)
                unsafe = [m for m in metrics if m not in library.computable or not _is_addable(library, m)]
                if unsafe or not metrics:
                    yield self._call(model, file, text, call, unsafe)

    def _call(self, model: str, file: Path, text: str, call: exp.Expression, unsafe: list[str]) -> Finding:
        word = "avg" if isinstance(call, exp.Avg) else call.key
        line = next(
            (n for n, t in enumerate(text.splitlines(), 1) if re.search(rf"\b{word}\s*\(", t, re.I)), 1
        )
        which = ", ".join(unsafe) or "metrics of every kind"
        which_zh = "、".join(unsafe) or "各类指标"
        return self.at(
            "model",
            model,
            file,
            line,
            f"`{model}` takes {word}() over published values of {which}; add up numerators and "
            "denominators and "
            "divide last",
            f"`{model}` 对已发布的指标值（{which_zh}）使用 {word}()；应先累加分子与分母，最后再相除",
        )

    def _measures(self, library: Library) -> Iterator[Finding]:
        """A measure over published values is the same mistake in another place."""
        for name, (model, measure) in library.measures.items():
            index = model.spec.measures.index(measure)
            if model.fact == VALUES and measure.agg in ("sum", "average"):
                yield self.at(
                    "measure",
                    name,
                    model.file,
                    model.line_of("measures", index, "agg"),
                    f"measure `{name}` takes {measure.agg} over published values; measure the facts instead",
                    f"度量 `{name}` 对已发布的指标值做 {measure.agg}；请改为度量事实表",
                )


def _is_addable(library: Library, name: str) -> bool:
    return additivity(library, name) in ADDABLE


def _aggregated_values(query: exp.Expression | None) -> list[exp.Expression]:
    if query is None:
        return []
    calls = query.find_all(exp.Avg, exp.Sum, exp.Median)
    return [c for c in calls if any(column.name.lower() == VALUE_COLUMN for column in c.find_all(exp.Column))]


def _named_metrics(call: exp.Expression) -> list[str]:
    """The metrics to which the query around a call restricts itself by name; none when it takes them all."""
    select = call.find_ancestor(exp.Select)
    scopes = [call, call.find_ancestor(exp.Filter), select.args.get("where") if select else None]
    names: list[str] = []
    for scope in scopes:
        for condition in scope.find_all(exp.EQ, exp.In) if scope is not None else ():
            if any(column.name.lower() == "metric_id" for column in condition.find_all(exp.Column)):
                names += [literal.name for literal in condition.find_all(exp.Literal) if literal.is_string]
    return names


def _averaged_ratios(library: Library, metric: Metric) -> list[str]:
    """Inputs of a formula `(a + b) / 2` that are ratios and cannot be brought over one denominator."""
    spec = metric.spec
    if spec.type != "derived" or not isinstance(reduce_metric(library, metric.metric_id), Formula):
        return []
    inputs = {i.alias or i.name: i.name for i in spec.inputs}
    for division in parse_expression(str(spec.type_params.expr)).find_all(exp.Div, exp.Mul):
        sides = (division.left.unnest(), division.right.unnest())
        total = next((side for side in sides if isinstance(side, exp.Add)), None)
        if total is not None and any(isinstance(side, exp.Literal) for side in sides):
            names = [inputs[column.name] for column in total.find_all(exp.Column)]
            ratios = [name for name in names if not _is_addable(library, name)]
            if len(ratios) > 1:
                return ratios
    return []
