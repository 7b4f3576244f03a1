"""DEF-05: does a metric's unit follow from its formula?

Units are carried through the formula. Adding or subtracting different ones is an error; a quotient of equal
units is a proportion, a quotient of different ones a ratio; something per case may be stated in the unit of
that something. What is not known (a measure that does not say) agrees with everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

from sqlglot import exp

from metric_library.expressions import columns_of, parse_expression
from metric_library.library import Library, Metric
from metric_library.spec import Measure, Unit
from metric_library.validation import measure_expression
from quality.findings import Finding
from quality.rules.rule import Rule, Subject

COUNTING = ("count", "count_distinct", "sum_boolean")


@dataclass(frozen=True)
class Quotient:
    """One unit over another."""

    numerator: Unit
    denominator: Unit


NUMBER = "number"
Inferred = Unit | Quotient | str | None  # None: not known


class MixedUnitsError(Exception):
    """Two units that are added or subtracted."""

    def __init__(self, left: Inferred, right: Inferred) -> None:
        self.left, self.right = left, right
        super().__init__()


class UnitFollowsFormula(Rule):
    """Units missing, mixed, or not the one that the formula yields."""

    rule_id = "DEF-05"
    severity = "error"
    title = "unit missing/incompatible with expression (%, currency, hours, count mixed by + or -)"
    title_zh = "缺少单位，或单位与公式不符（比例、货币、时长、数量相加减）"
    holds_out = True

    def check(self, subject: Subject) -> Iterator[Finding]:
        library = subject.library
        for name, metric in library.metrics.items():
            kpi = metric.kpi
            if kpi is None or kpi.unit is None:
                yield self.metric(
                    metric,
                    metric.line_of_kpi(),
                    f"`{name}` has no unit; add it, for example unit: {{kind: proportion}}",
                    f"`{name}` 缺少单位；请补上，例如 unit: {{kind: proportion}}",
                )
            elif name not in library.held_out:
                yield from self._against_formula(library, metric, kpi.unit)

    def _against_formula(self, library: Library, metric: Metric, declared: Unit) -> Iterator[Finding]:
        name = metric.metric_id
        try:
            inferred = formula_unit(library, metric)
        except MixedUnitsError as mixed:
            left, right = unit_words(mixed.left), unit_words(mixed.right)
            yield self.metric(
                metric,
                metric.line_of("type_params", "expr"),
                f"`{name}` adds or subtracts {left} and {right}; bring both to one unit",
                f"`{name}` 将 {left} 与 {right} 相加减；请统一单位",
            )
            return
        if not agrees(declared, inferred):
            yield self.metric(
                metric,
                metric.line_of_kpi("unit"),
                f"`{name}` is stated in {declared}, but its formula yields {unit_words(inferred)}; "
                "correct one of them",
                f"`{name}` 声明的单位是 {declared}，而公式得出 {unit_words(inferred)}；请更正其一",
            )


def formula_unit(library: Library, metric: Metric) -> Inferred:
    """The unit that a metric's formula yields from those of its inputs."""
    spec, params = metric.spec, metric.spec.type_params
    if spec.type == "ratio" and params.numerator and params.denominator:
        return _divided(*(_input_unit(library, i.name) for i in (params.numerator, params.denominator)))
    if spec.type == "derived":
        names = {i.alias or i.name: i.name for i in params.metrics}
        return _evaluate(parse_expression(str(params.expr)), library, names)
    if spec.type == "conversion" and params.conversion_type_params:
        counted = params.conversion_type_params.calculation == "conversions"
        return Unit(kind="count" if counted else "proportion")
    if spec.type in ("simple", "cumulative") and params.measure:
        return _measure_unit(library.measures[params.measure.name][1])
    return None


def _input_unit(library: Library, name: str) -> Inferred:
    metric = library.definitions[name]
    return metric.kpi.unit if metric.kpi else formula_unit(library, metric)


def _measure_unit(measure: Measure) -> Unit | None:
    """Counts are counts; hours are named so; a measure may state its unit under config.meta.unit."""
    stated = measure.config.get("meta", {}).get("unit")
    if stated:
        return Unit.model_validate(stated)
    if measure.agg in COUNTING:
        return Unit(kind="count")
    columns = columns_of(measure_expression(measure))
    if measure.agg == "sum" and len(columns) == 1 and columns[0].endswith("_hours"):
        return Unit(kind="duration", unit="hours")
    return None


def _evaluate(tree: exp.Expression, library: Library, names: dict[str, str]) -> Inferred:
    if isinstance(tree, exp.Column):
        return _input_unit(library, names[tree.name])
    if isinstance(tree, exp.Literal):
        return NUMBER
    if isinstance(tree, exp.Greatest | exp.Least):
        first, *others = (_evaluate(side, library, names) for side in (tree.this, *tree.expressions))
        return reduce(_added, others, first)
    if isinstance(tree, exp.Paren | exp.Neg | exp.Nullif | exp.Cast | exp.Abs):
        return _evaluate(tree.this, library, names)
    if isinstance(tree, exp.Add | exp.Sub | exp.Mul | exp.Div):
        left, right = (_evaluate(side, library, names) for side in (tree.left, tree.right))
        if isinstance(tree, exp.Div):
            return _divided(left, right)
        return _multiplied(left, right) if isinstance(tree, exp.Mul) else _added(left, right)
    return None


def _added(left: Inferred, right: Inferred) -> Inferred:
    if left in (None, NUMBER) or right in (None, NUMBER):
        return right if left in (None, NUMBER) else left
    if left != right:
        raise MixedUnitsError(left, right)
    return left


def _multiplied(left: Inferred, right: Inferred) -> Inferred:
    for one, other in ((left, right), (right, left)):
        if one == NUMBER or (isinstance(one, Unit) and one.kind == "proportion"):
            return other
        if isinstance(one, Unit) and one.kind == "ratio" and one.denominator == other:
            return one.numerator
    return None


def _divided(left: Inferred, right: Inferred) -> Inferred:
    if right == NUMBER:
        return left
    if not isinstance(left, Unit) or not isinstance(right, Unit):
        return None
    if right.kind == "proportion":
        return left
    return Unit(kind="proportion") if left == right else Quotient(left, right)


def composed_unit(operation: str, parts: Sequence[tuple[str | None, Unit | None]]) -> Inferred:
    """The unit that parts yield by a sum, product, ratio or difference, each part with its operand. Raises
    MixedUnitsError where different units are added or subtracted.
    """
    units = [unit for _, unit in parts]
    if operation == "product":
        return reduce(_multiplied, units[1:], units[0])
    if operation != "ratio":
        return reduce(_added, units[1:], units[0])
    sides = [[unit for operand, unit in parts if operand == side] for side in ("numerator", "denominator")]
    return _divided(*(reduce(_added, side[1:], side[0]) if side else None for side in sides))


def agrees(declared: Unit, inferred: Inferred) -> bool:
    """Whether a stated unit can be the one that a formula yields; what is not known agrees."""
    if inferred in (None, NUMBER) or declared == inferred:
        return True
    if isinstance(inferred, Quotient):
        if declared.kind == "ratio":
            return (declared.numerator, declared.denominator) == (inferred.numerator, inferred.denominator)
        return inferred.denominator.kind == "count" and declared == inferred.numerator
    if isinstance(inferred, Unit) and inferred.kind == "proportion":
        equal_parts = declared.kind == "ratio" and declared.numerator == declared.denominator
        return declared.kind in ("score", "count") or equal_parts
    return False


def unit_words(inferred: Inferred) -> str:
    """A unit as people read it."""
    if isinstance(inferred, Quotient):
        return f"{inferred.numerator}/{inferred.denominator}"
    return str(inferred)
