"""From a metric's definition to what the engine computes: sums of components, divided last.

    value = Σ coefficient · component [/ per]  /  Σ coefficient · component [/ per]

A component is one filtered measure of one fact; the engine sums it over the organisation, and over time as
its `time_aggregation` says. `per` is a shared component, the same for every subject, such as calendar days:
it turns a sum over days into a daily mean. A metric without a denominator is the numerator itself. Two
metrics with equal normal forms are twins, whatever their text. What has no such form is `Direct`, with the
reason.

    reduce_metric(library, "revenue_per_fte")
    NormalForm(numerator=(Term(revenue, 1),), denominator=(Term(fte_days, 1, per=calendar_days),))
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from sqlglot import exp

from metric_library.algebra import (
    CONSTANT,
    Monomial,
    Polynomial,
    Quotient,
    TooLargeError,
    constant,
    multiplied,
    shifted,
    symbol,
)
from metric_library.dimensions import Join, dimension_sql
from metric_library.expressions import canonical, parse_expression
from metric_library.filters import filter_sql
from metric_library.library import Library, Metric, SemanticModel
from metric_library.spec import Measure, MeasureInput, MetricInput
from metric_library.validation import measure_expression

SUMMED = ("sum", "count", "sum_boolean")
SCALE = 10**6  # coefficients are published with six decimal places


@dataclass(frozen=True)
class Component:
    """One filtered measure of one fact.

    `aggregation` is the measure's own (sum, count, sum_boolean; of a direct metric also min, max,
    count_distinct, median, percentile_cont(p), percentile_disc(p)) over `expression`, SQL over the fact's
    columns, of the rows where `filter` holds, on the day in `date_column`; `joins` bring the columns of other
    models that the filter names. `time_aggregation` is `sum`, or
    `last` for a stock. `attribution` says how a row reaches people: position, employee, org_unit, or
    `shared`. Components with the same content have the same `component_id`.
    """

    component_id: str
    semantic_model: str
    fact: str
    domain: str
    measure: str
    aggregation: str
    time_aggregation: str
    expression: str
    filter: str | None
    date_column: str
    attribution: str
    joins: tuple[Join, ...] = ()
    joined_domains: tuple[str, ...] = ()

    @property
    def domains(self) -> tuple[str, ...]:
        """Domains whose records it is measured on: its fact's first, then those of what is joined."""
        return tuple(dict.fromkeys((self.domain, *self.joined_domains)))


@dataclass(frozen=True)
class Term:
    """coefficient · component [/ per], taken `offset` periods of `offset_grain` earlier.

    `window` is set for cumulative metrics: `12 month` (rolling), `to year` (since its start), `all` (since
    ever).
    """

    component: Component
    coefficient: Fraction
    per: Component | None = None
    offset: int = 0
    offset_grain: str | None = None
    window: str | None = None


@dataclass(frozen=True)
class NormalForm:
    """Terms above and below the line, each in canonical order; nothing below the line means no division."""

    numerator: tuple[Term, ...]
    denominator: tuple[Term, ...] = ()

    @property
    def terms(self) -> tuple[Term, ...]:
        """All terms."""
        return (*self.numerator, *self.denominator)

    @property
    def components(self) -> tuple[Component, ...]:
        """Every component that is read, `per` included, each once, by id."""
        found = {c.component_id: c for t in self.terms for c in (t.component, t.per) if c}
        return tuple(found[name] for name in sorted(found))


@dataclass(frozen=True)
class Direct:
    """A metric that is evaluated from its fact at every grain; `component` is set when it is one measure of
    one fact.
    """

    reason: str
    reason_zh: str
    component: Component | None = None


class _NotReducibleError(Exception):
    def __init__(self, reason: str, reason_zh: str, component: Component | None = None) -> None:
        super().__init__(reason)
        self.direct = Direct(reason, reason_zh, component)


def reduce_metric(library: Library, metric_id: str) -> NormalForm | Direct:
    """The normal form of a metric that is not held out, or why it has none.

    Raises DefinitionError for a definition that cannot be used; those are in `library.held_out`.
    """
    key = ("normal form", metric_id)
    if key not in library.memo:
        try:
            library.memo[key] = _normal_form(_value(library, library.definitions[metric_id], _Context()))
        except _NotReducibleError as error:
            library.memo[key] = error.direct
        except (ZeroDivisionError, TooLargeError):
            library.memo[key] = Direct("the formula has no linear form", "公式没有线性形式")
    return library.memo[key]


def components_of(library: Library, metric_id: str) -> tuple[Component, ...]:
    """Components that a metric reads, in whichever way it is computed."""
    form = reduce_metric(library, metric_id)
    if isinstance(form, NormalForm):
        return form.components
    return (form.component,) if form.component else ()


def models_of(library: Library, metric_id: str) -> tuple[str, ...]:
    """dbt models that a metric is measured on: its facts and what they are joined to, sorted."""
    facts = {library.measures[name][0].fact for name in library.measures_below(metric_id)}
    joined = {join.model for c in components_of(library, metric_id) for join in c.joins}
    return tuple(sorted(facts | joined))


def additivity(library: Library, metric_id: str) -> str:
    """How a metric may be added up: additive, semi_additive (not over time), ratio, derived (a formula of
    ratios), direct.
    """
    form = reduce_metric(library, metric_id)
    if isinstance(form, Direct):
        return "direct"
    if form.denominator or any(term.per for term in form.numerator):
        return "derived" if library.definitions[metric_id].spec.type == "derived" else "ratio"
    if any(term.component.time_aggregation == "last" for term in form.numerator):
        return "semi_additive"
    return "additive"


def twins(library: Library) -> list[tuple[str, ...]]:
    """Groups of KPIs with one and the same normal form."""
    groups: dict[NormalForm, list[str]] = {}
    for metric_id in library.computable:
        form = reduce_metric(library, metric_id)
        if isinstance(form, NormalForm):
            groups.setdefault(form, []).append(metric_id)
    return [tuple(sorted(group)) for group in groups.values() if len(group) > 1]


# --- the formula as a rational function of components ---------------------------------------------


@dataclass(frozen=True)
class _Atom:
    """A component at an offset and over a window: the symbol of the algebra."""

    component: Component
    offset: int = 0
    offset_grain: str | None = None
    window: str | None = None

    @property
    def order(self) -> tuple[str, int, str, str]:
        return (self.component.component_id, self.offset, self.offset_grain or "", self.window or "")

    @property
    def is_shared(self) -> bool:
        return self.component.attribution == "shared"


@dataclass(frozen=True)
class _Context:
    """What the metrics above add to an input: filters and an offset."""

    filters: tuple[str, ...] = ()
    offset: int = 0
    offset_grain: str | None = None

    def below(self, metric: Metric, reference: MetricInput) -> _Context:
        if reference.offset_to_grain:
            raise _NotReducibleError("compares with the start of a period", "与期初比较")
        context = replace(self, filters=(*self.filters, *metric.spec.filter, *reference.filter))
        if reference.offset_window is None:
            return context
        count, grain = reference.offset_window.rstrip("s").split()
        if self.offset and self.offset_grain != grain:
            raise _NotReducibleError("combines offsets of different grains", "组合了不同粒度的偏移")
        return replace(context, offset=self.offset + int(count), offset_grain=grain)


def _value(library: Library, metric: Metric, context: _Context) -> Quotient:
    """The metric as a rational function of its components."""
    spec, params = metric.spec, metric.spec.type_params
    if spec.type == "ratio" and params.numerator and params.denominator:
        return _input(library, metric, params.numerator, context) / _input(
            library, metric, params.denominator, context
        )
    if spec.type == "derived":
        values = {i.alias or i.name: i for i in params.metrics}
        tree = parse_expression(str(params.expr))
        return _evaluate(tree, lambda name: _input(library, metric, values[name], context))
    if spec.type in ("simple", "cumulative") and params.measure:
        return _measured(library, metric, params.measure, context)
    raise _NotReducibleError(f"a {spec.type} metric follows each case", "转化类指标逐案跟踪")


def _input(library: Library, metric: Metric, reference: MetricInput, context: _Context) -> Quotient:
    return _value(library, library.definitions[reference.name], context.below(metric, reference))


def _measured(library: Library, metric: Metric, reference: MeasureInput, context: _Context) -> Quotient:
    model, measure = library.measures[reference.name]
    filters = (*context.filters, *metric.spec.filter, *reference.filter)
    window = _window(metric)

    def atom(component: Component) -> Quotient:
        if window and component.time_aggregation != "sum":
            raise _NotReducibleError("accumulates a stock over time", "对存量做时间累计")
        return symbol(_Atom(component, context.offset, context.offset_grain, window))

    if measure.agg in SUMMED:
        return atom(_component(library, model, measure, measure.agg, filters))
    if measure.agg == "average":
        total = atom(_component(library, model, measure, "sum", filters))
        return total / atom(_component(library, model, measure, "count", filters))
    raise _NotReducibleError(
        f"`{measure.agg}` cannot be summed over people or days",
        f"`{measure.agg}` 不能按人或按日相加",
        _component(library, model, measure, _direct_aggregation(measure), filters),
    )


def _direct_aggregation(measure: Measure) -> str:
    if measure.agg != "percentile" or measure.agg_params is None:
        return measure.agg
    kind = "disc" if measure.agg_params.use_discrete_percentile else "cont"
    return f"percentile_{kind}({measure.agg_params.percentile})"


def _window(metric: Metric) -> str | None:
    if metric.spec.type != "cumulative":
        return None
    params = metric.spec.type_params
    written = params.cumulative_type_params
    window = (written.window if written else None) or params.window
    to_date = (written.grain_to_date if written else None) or params.grain_to_date
    if window:
        return window.rstrip("s")
    return f"to {to_date}" if to_date else "all"


def _component(
    library: Library, model: SemanticModel, measure: Measure, aggregation: str, filters: tuple[str, ...]
) -> Component:
    date_column = model.date_column(measure)
    where = filter_sql(filters, model.spec, date_column, library.semantic_specs)
    expression = canonical(measure_expression(measure))
    name = _canonical_measure(model, measure, aggregation, expression, date_column)
    suffix = "" if aggregation == name.agg or name.agg not in (*SUMMED, "average") else f".{aggregation}"
    if where.sql:
        suffix += "." + hashlib.sha256(where.sql.encode()).hexdigest()[:8]
    return Component(
        component_id=f"{model.name}.{name.name}{suffix}",
        semantic_model=model.name,
        fact=model.fact,
        domain=library.dbt_models.domain(model.fact),
        measure=name.name,
        aggregation=aggregation,
        time_aggregation=_time_aggregation(model, measure, date_column),
        expression=expression,
        filter=where.sql,
        date_column=date_column,
        attribution=model.attribution,
        joins=where.joins,
        joined_domains=tuple(sorted({library.dbt_models.domain(join.model) for join in where.joins})),
    )


def _canonical_measure(
    model: SemanticModel, measure: Measure, aggregation: str, expression: str, date_column: str
) -> Measure:
    """The measure by whose name equal measures go: the first by name that says the same."""
    same = [
        other
        for other in model.spec.measures
        if other.agg == aggregation
        and canonical(measure_expression(other)) == expression
        and model.date_column(other) == date_column
        and other.non_additive_dimension == measure.non_additive_dimension
        and other.agg_params == measure.agg_params
    ]
    return min(same, key=lambda other: other.name, default=measure)


def _time_aggregation(model: SemanticModel, measure: Measure, date_column: str) -> str:
    over = measure.non_additive_dimension
    if over is None:
        return "sum"
    if (
        over.window_choice == "min"
        or over.window_groupings
        or dimension_sql(model.spec, over.name) != date_column
    ):
        raise _NotReducibleError("takes another day than the last of the period", "取的不是期末日的值")
    return "last"


def _evaluate(tree: exp.Expression, value_of: Callable[[str], Quotient]) -> Quotient:
    """A formula over inputs: + - * / with numbers and parentheses; `nullif(x, 0)` and casts of numbers change
    nothing.
    """
    if isinstance(tree, exp.Column):
        return value_of(tree.name)
    if isinstance(tree, exp.Literal) and not tree.is_string:
        return constant(Fraction(Decimal(tree.name)))
    if isinstance(tree, exp.Neg):
        return -_evaluate(tree.this, value_of)
    if isinstance(tree, exp.Paren) or _changes_nothing(tree):
        return _evaluate(tree.this, value_of)
    if isinstance(tree, exp.Add | exp.Sub | exp.Mul | exp.Div):
        left, right = _evaluate(tree.left, value_of), _evaluate(tree.right, value_of)
        if isinstance(tree, exp.Add):
            return left + right
        if isinstance(tree, exp.Sub):
            return left - right
        return left * right if isinstance(tree, exp.Mul) else left / right
    text = tree.sql()
    raise _NotReducibleError(f"`{text}` is more than + - * /", f"`{text}` 不是四则运算")


def _changes_nothing(tree: exp.Expression) -> bool:
    if isinstance(tree, exp.Nullif):
        return isinstance(tree.expression, exp.Literal) and Decimal(tree.expression.name) == 0
    return isinstance(tree, exp.Cast) and tree.to.this in (
        exp.DataType.Type.DOUBLE,
        exp.DataType.Type.DECIMAL,
        exp.DataType.Type.FLOAT,
    )


# --- from the rational function to terms ----------------------------------------------------------


def _normal_form(value: Quotient) -> NormalForm:
    """The form with the fewest divisions by shared components among those in which every product is one
    term.
    """
    candidates = [form for factor in _shared_factors(value) if (form := _linear(value, factor))]
    if not candidates:
        raise _NotReducibleError(
            "multiplies figures, or divides them by different ones", "公式含指标相乘，或分母不同的比率相加"
        )
    return min(candidates, key=lambda form: (sum(t.per is not None for t in form.terms), repr(form)))


def _shared_factors(value: Quotient) -> Iterator[Monomial]:
    atoms = {name for m in (*value.numerator, *value.denominator) for name, _ in m if name.is_shared}
    ordered = sorted(atoms, key=lambda atom: atom.order)
    for powers in itertools.product((0, -1, 1), repeat=len(ordered)):
        yield multiplied(CONSTANT, frozenset((a, p) for a, p in zip(ordered, powers, strict=True) if p))


def _linear(value: Quotient, factor: Monomial) -> NormalForm | None:
    numerator, denominator = shifted(value.numerator, factor), shifted(value.denominator, factor)
    if set(denominator) == {CONSTANT}:
        divisor = denominator[CONSTANT]
        above = _terms({m: c / divisor for m, c in numerator.items()})
        return NormalForm(above) if above else None
    scale = _scale(numerator, denominator)
    above = _terms({m: c * scale for m, c in numerator.items()})
    below = _terms({m: c * scale for m, c in denominator.items()})
    return NormalForm(above, below) if above and below else None


def _scale(numerator: Polynomial, denominator: Polynomial) -> Fraction:
    """Makes the denominator whole, without common divisor and led by a plus; equal formulas then have equal
    terms.

    Where a coefficient above the line would not be exact in six decimal places, it is made whole too.
    """
    first = min(denominator, key=lambda m: sorted((atom.order, e) for atom, e in m))
    scale = Fraction(
        math.lcm(*(c.denominator for c in denominator.values())),
        math.gcd(*(c.numerator for c in denominator.values())),
    )
    scale *= 1 if denominator[first] > 0 else -1
    if any((c * scale * SCALE).denominator != 1 for c in numerator.values()):
        scale *= math.lcm(*((c * scale).denominator for c in numerator.values()))
    return scale


def _terms(polynomial: Polynomial) -> tuple[Term, ...] | None:
    """One term per product, in canonical order; None when a product is not one component over at most one
    shared one.
    """
    terms = [_term(monomial, coefficient) for monomial, coefficient in polynomial.items()]
    if not terms or None in terms:
        return None
    return tuple(sorted((t for t in terms if t), key=_term_order))


def _term(monomial: Monomial, coefficient: Fraction) -> Term | None:
    above = [atom for atom, exponent in monomial if exponent == 1]
    below = [atom for atom, exponent in monomial if exponent == -1]
    if len(above) != 1 or len(below) > 1 or len(above) + len(below) != len(monomial):
        return None
    atom, per = above[0], below[0] if below else None
    if per and not (per.is_shared and (per.order[1:] == atom.order[1:])):
        return None
    return Term(
        atom.component,
        coefficient,
        per.component if per else None,
        atom.offset,
        atom.offset_grain,
        atom.window,
    )


def _term_order(term: Term) -> tuple[str, str, int, str, str]:
    per = term.per.component_id if term.per else ""
    return (term.component.component_id, per, term.offset, term.offset_grain or "", term.window or "")
