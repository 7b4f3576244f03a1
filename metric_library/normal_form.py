"""From a metric's definition to what the engine computes: sums of components, divided last.

    value = Σ coefficient · component [/ per]  /  Σ coefficient · component [/ per]

A component is one filtered measure of one fact; the engine sums it over the organisation, and over time as
its `time_aggregation` says. `per` is a shared component, the same for every subject, such as calendar days:
it turns a sum over days into a daily mean. A metric without a denominator is the numerator itself. Two
metrics with equal normal forms are twins, whatever their text.

What multiplies figures or takes the greater of two has no such form. It is a `Formula`: an expression over
inputs that each have one, evaluated for every subject and period. What cannot be computed at all is
`Unsupported`, with the reason.

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
from metric_library.calendar_spans import Offset, Window, parse_span
from metric_library.dimensions import Join, dimension_sql
from metric_library.elements import element_sql, entity_sql
from metric_library.expressions import DIALECT, canonical, parse_expression
from metric_library.filters import filter_sql
from metric_library.library import Library, Metric, SemanticModel
from metric_library.spec import ROLLING_GRAINS, ConversionParams, Measure, MeasureInput, MetricInput
from metric_library.validation import measure_expression

SUMMED = ("sum", "count", "sum_boolean")
DIRECT = "direct"
SCALE = 10**6  # coefficients are published with six decimal places
MEDIAN = Decimal("0.5")
IN_FORMULAS = (
    exp.Column, exp.Identifier, exp.Literal, exp.Neg, exp.Paren, exp.Add, exp.Sub, exp.Mul, exp.Div,
    exp.Abs, exp.Sqrt, exp.Greatest, exp.Least, exp.DataType,
)  # fmt: skip


@dataclass(frozen=True)
class Conversion:
    """The events that a base record is followed by: each goes to the latest base record of the same entity
    that is not later than it and less than `window` before it.

    `matched` are pairs of SQL over the base fact and over `fact` that must be equal: the entity, and what
    must not change in between. `expression` is what a conversion counts for, SQL over `fact`.
    """

    semantic_model: str
    fact: str
    domain: str
    measure: str
    expression: str
    filter: str | None
    date_column: str
    matched: tuple[tuple[str, str], ...]
    window: str | None
    joins: tuple[Join, ...] = ()
    joined_domains: tuple[str, ...] = ()


@dataclass(frozen=True)
class Component:
    """One filtered measure of one fact.

    `aggregation` is the measure's own (sum, count, sum_boolean; min, max, count_distinct, median,
    percentile_cont, percentile_disc) over `expression`, SQL over the fact's columns, of the rows where
    `filter` holds, on the day in `date_column`; `joins` bring the columns of other models that the filter
    names. `time_aggregation` is `sum`; `last` or `first` for a stock; `direct` for what cannot be summed over
    people or days and is evaluated from the records of each subject and period. `attribution` says how a row
    reaches people: position, employee, org_unit, or `shared`. With a `conversion`, `expression` names what
    the conversions of a row count for. Components with the same content have the same `component_id`.
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
    percentile: Decimal | None = None
    conversion: Conversion | None = None
    joins: tuple[Join, ...] = ()
    joined_domains: tuple[str, ...] = ()

    @property
    def domains(self) -> frozenset[str]:
        """Domains whose records it is measured on."""
        parts = (part for part in (self, self.conversion) if part)
        return frozenset(domain for part in parts for domain in (part.domain, *part.joined_domains))


@dataclass(frozen=True)
class Term:
    """coefficient · component [/ per], taken from an earlier period (`offset`), or over a `window` of a
    cumulative metric.
    """

    component: Component
    coefficient: Fraction
    per: Component | None = None
    offset: Offset | None = None
    window: Window | None = None


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
class FormulaInput:
    """A figure in a formula, with what its missing terms and a zero below its line mean."""

    form: NormalForm
    null_policy: str
    zero_denominator: str | None


@dataclass(frozen=True)
class Formula:
    """A metric evaluated from the values of its inputs, for the same subject and period.

    `expression` is canonical SQL over x1, x2, ...: + - * / abs, sqrt, greatest, least. It has no value where
    an input has none.
    """

    expression: str
    inputs: tuple[FormulaInput, ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms of all inputs."""
        return tuple(term for entry in self.inputs for term in entry.form.terms)

    @property
    def components(self) -> tuple[Component, ...]:
        """Every component that is read, each once, by id."""
        found = {c.component_id: c for entry in self.inputs for c in entry.form.components}
        return tuple(found[name] for name in sorted(found))


@dataclass(frozen=True)
class Unsupported:
    """A metric that cannot be computed, and why."""

    reason: str
    reason_zh: str


Form = NormalForm | Formula | Unsupported


class _NotReducibleError(Exception):
    def __init__(self, reason: str, reason_zh: str) -> None:
        super().__init__(reason)
        self.unsupported = Unsupported(reason, reason_zh)


class _UnsupportedError(_NotReducibleError):
    """What no formula over inputs can help either."""


def reduce_metric(library: Library, metric_id: str) -> Form:
    """What the engine computes for a metric that is not held out.

    Raises DefinitionError for a definition that cannot be used; those are in `library.held_out`.
    """
    key = ("normal form", metric_id)
    if key not in library.memo:
        metric = library.definitions[metric_id]
        try:
            library.memo[key] = _reduced(library, metric, _Context()) or _formula(library, metric)
        except _NotReducibleError as error:
            library.memo[key] = error.unsupported
    return library.memo[key]


def components_of(library: Library, metric_id: str) -> tuple[Component, ...]:
    """Components that a metric reads, in whichever way it is computed."""
    form = reduce_metric(library, metric_id)
    return () if isinstance(form, Unsupported) else form.components


def forms_of(form: Form) -> tuple[NormalForm, ...]:
    """The normal forms that are evaluated for a metric: its own, or those of its formula's inputs."""
    if isinstance(form, NormalForm):
        return (form,)
    return tuple(entry.form for entry in form.inputs) if isinstance(form, Formula) else ()


def grains_of(library: Library, metric_id: str) -> tuple[str, ...]:
    """Grains that a metric is published for: those it names in which its offsets lead to a period of the same
    grain, and the rolling ones that its weeks and months make up.
    """
    metric = library.definitions[metric_id]
    named = metric.kpi.grains if metric.kpi else []
    rolling = [grain for name in named for grain in ROLLING_GRAINS.get(name, ())]
    form = None if metric_id in library.held_out else reduce_metric(library, metric_id)
    terms = () if form is None or isinstance(form, Unsupported) else form.terms
    offsets = {term.offset for term in terms if term.offset}
    return tuple(g for g in (*named, *rolling) if all(offset.has_base(g) for offset in offsets))


def models_of(library: Library, metric_id: str) -> tuple[str, ...]:
    """dbt models that a metric is measured on: its facts and what they are joined to, sorted."""
    facts = {library.measures[name][0].fact for name in library.measures_below(metric_id)}
    parts = [part for c in components_of(library, metric_id) for part in (c, c.conversion) if part]
    joined = {join.model for part in parts for join in part.joins}
    return tuple(sorted(facts | joined))


def additivity(library: Library, metric_id: str) -> str:
    """How a metric may be added up: additive, semi_additive (not over time), ratio, derived (a formula of
    ratios), direct (evaluated from the records each time), formula (evaluated from other figures).
    """
    form = reduce_metric(library, metric_id)
    if not isinstance(form, NormalForm):
        return "formula"
    if any(component.time_aggregation == DIRECT for component in form.components):
        return "direct"
    if form.denominator or any(term.per or term.offset for term in form.terms):
        return "derived" if library.definitions[metric_id].spec.type == "derived" else "ratio"
    if any(term.window or term.component.time_aggregation != "sum" for term in form.numerator):
        return "semi_additive"
    return "additive"


def twins(library: Library) -> list[tuple[str, ...]]:
    """Groups of KPIs that are computed in one and the same way."""
    groups: dict[Form, list[str]] = {}
    for metric_id in library.computable:
        form = reduce_metric(library, metric_id)
        if not isinstance(form, Unsupported):
            groups.setdefault(form, []).append(metric_id)
    return [tuple(sorted(group)) for group in groups.values() if len(group) > 1]


# --- the formula as a rational function of components ---------------------------------------------


@dataclass(frozen=True)
class _Atom:
    """A component at an offset and over a window: the symbol of the algebra."""

    component: Component
    offset: Offset | None = None
    window: Window | None = None

    @property
    def order(self) -> tuple[str, str, str]:
        return (self.component.component_id, str(self.offset or ""), str(self.window or ""))

    @property
    def is_shared(self) -> bool:
        return self.component.attribution == "shared"


@dataclass(frozen=True)
class _Context:
    """What the metrics above add to an input: filters and an offset."""

    filters: tuple[str, ...] = ()
    offset: Offset | None = None

    def below(self, metric: Metric, reference: MetricInput) -> _Context:
        filters = (*self.filters, *metric.spec.filter, *reference.filter)
        return _Context(filters, _offset_of(self.offset, reference))


def _offset_of(outer: Offset | None, reference: MetricInput) -> Offset | None:
    if reference.offset_to_grain:
        inner = Offset(to_grain=reference.offset_to_grain)
    elif reference.offset_window:
        inner = Offset(parse_span(reference.offset_window))
    else:
        return outer
    if outer is None:
        return inner
    both = outer.back + inner.back
    if outer.to_grain or inner.to_grain or (both.months and both.days):
        raise _UnsupportedError(
            "combines an offset with another of a different kind", "组合了不同种类的时间偏移"
        )
    return Offset(both)


def _reduced(library: Library, metric: Metric, context: _Context) -> NormalForm | None:
    """The normal form of a metric; None where a formula over its inputs must be evaluated."""
    try:
        return _normal_form(_value(library, metric, context))
    except _UnsupportedError:
        raise
    except (_NotReducibleError, ZeroDivisionError, TooLargeError):
        if metric.spec.type in ("ratio", "derived"):
            return None
        raise


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
    if spec.type == "conversion" and params.conversion_type_params:
        return _converted(library, metric, params.conversion_type_params, context)
    return _measured(library, metric, params.measure, context)


def _input(library: Library, metric: Metric, reference: MetricInput, context: _Context) -> Quotient:
    return _value(library, library.definitions[reference.name], context.below(metric, reference))


def _measured(library: Library, metric: Metric, reference: MeasureInput, context: _Context) -> Quotient:
    model, measure = library.measures[reference.name]
    filters = (*context.filters, *metric.spec.filter, *reference.filter)
    window = _window(metric)

    def atom(aggregation: str) -> Quotient:
        component = _component(library, model, measure, aggregation, filters)
        if window and component.time_aggregation in ("first", "last"):
            raise _UnsupportedError("accumulates a stock over time", "对存量做时间累计")
        return symbol(_Atom(component, context.offset, window))

    if measure.agg == "average":
        return atom("sum") / atom("count")
    return atom(_aggregation(measure))


def _aggregation(measure: Measure) -> str:
    if measure.agg != "percentile" or measure.agg_params is None:
        return measure.agg
    return "percentile_disc" if measure.agg_params.use_discrete_percentile else "percentile_cont"


def _percentile(measure: Measure, aggregation: str) -> Decimal | None:
    if aggregation == "median":
        return MEDIAN
    return Decimal(str(measure.agg_params.percentile)) if aggregation.startswith("percentile") else None


def _window(metric: Metric) -> Window | None:
    if metric.spec.type != "cumulative":
        return None
    window, to_grain, at = metric.spec.cumulation
    if at == "average":
        raise _UnsupportedError(
            "averages a cumulative figure over days (period_agg: average); write first or last",
            "对累计值按日求平均（period_agg: average）；请写 first 或 last",
        )
    return Window(at, parse_span(window) if window else None, to_grain)


def _converted(library: Library, metric: Metric, params: ConversionParams, context: _Context) -> Quotient:
    """Conversions, or their share of the base events; the filters are those of the base events."""
    model, measure = library.measures[params.base_measure.name]
    filters = (*context.filters, *metric.spec.filter, *params.base_measure.filter)
    base = _component(library, model, measure, _aggregation(measure), filters)
    other, converted = library.measures[params.conversion_measure.name]
    conversion = _conversion(library, model, other, converted, params)
    text = repr((conversion, base.filter, base.joins, base.date_column))
    component = replace(
        base,
        component_id=f"{base.semantic_model}.{converted.name}.{hashlib.sha256(text.encode()).hexdigest()[:8]}",
        measure=base.measure,
        aggregation=_aggregation(converted),
        time_aggregation="sum" if converted.agg in SUMMED else DIRECT,
        expression="converted",
        percentile=None,
        conversion=conversion,
    )
    conversions = symbol(_Atom(component, context.offset))
    if params.calculation == "conversions":
        return conversions
    return conversions / symbol(_Atom(base, context.offset))


def _conversion(
    library: Library, base: SemanticModel, model: SemanticModel, measure: Measure, params: ConversionParams
) -> Conversion:
    date_column = model.date_column(measure)
    where = filter_sql(params.conversion_measure.filter, model.spec, date_column, library.semantic_specs)
    entity = (entity_sql(base.spec, params.entity), entity_sql(model.spec, params.entity))
    unchanged = [
        (element_sql(base.spec, pair.base_property), element_sql(model.spec, pair.conversion_property))
        for pair in params.constant_properties
    ]
    return Conversion(
        semantic_model=model.name,
        fact=model.fact,
        domain=library.dbt_models.domain(model.fact),
        measure=measure.name,
        expression=canonical(measure_expression(measure)),
        filter=where.sql,
        date_column=date_column,
        matched=(entity, *sorted(unchanged)),
        window=str(parse_span(params.window)) if params.window else None,
        joins=where.joins,
        joined_domains=_joined_domains(library, where.joins),
    )


def _joined_domains(library: Library, joins: tuple[Join, ...]) -> tuple[str, ...]:
    return tuple(sorted({library.dbt_models.domain(join.model) for join in joins}))


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
        time_aggregation=_time_aggregation(model, measure, aggregation, date_column),
        expression=expression,
        filter=where.sql,
        date_column=date_column,
        attribution=model.attribution,
        percentile=_percentile(measure, aggregation),
        joins=where.joins,
        joined_domains=_joined_domains(library, where.joins),
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


def _time_aggregation(model: SemanticModel, measure: Measure, aggregation: str, date_column: str) -> str:
    over = measure.non_additive_dimension
    if over is None:
        return "sum" if aggregation in SUMMED else DIRECT
    if aggregation not in SUMMED:
        raise _UnsupportedError(
            f"takes the `{aggregation}` of a stock; only sums and counts of a stock are computed",
            f"对存量取 `{aggregation}`；存量只支持求和与计数",
        )
    if over.window_groupings or dimension_sql(model.spec, over.name) != date_column:
        raise _UnsupportedError(
            "takes a day of its own for each group (window_groupings), or by another date than it counts by",
            "按分组各取一天（window_groupings），或所取日期不是统计日期",
        )
    return "first" if over.window_choice == "min" else "last"


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


def _formula(library: Library, metric: Metric) -> Form:
    """The metric as an expression over inputs that each have a normal form."""
    inputs: dict[FormulaInput, str] = {}
    tree = _over_inputs(library, metric, _Context(), metric, inputs)
    return Formula(canonical(tree.sql(dialect=DIALECT)), tuple(inputs))


def _over_inputs(
    library: Library, metric: Metric, context: _Context, above: Metric, inputs: dict[FormulaInput, str]
) -> exp.Expression:
    """A metric's own formula with x1, x2, ... for its inputs, an input without a normal form written out.

    `above` is the metric that uses it, whose policies hold for a building block without its own.
    """
    form = _reduced(library, metric, context)
    if form is not None:
        policy = metric.kpi or above.kpi
        entry = FormulaInput(
            form, policy.null_policy if policy else "null", policy.zero_denominator if policy else None
        )
        return exp.column(inputs.setdefault(entry, f"x{len(inputs) + 1}"))

    def value_of(reference: MetricInput) -> exp.Expression:
        definition = library.definitions[reference.name]
        inner = _over_inputs(library, definition, context.below(metric, reference), metric, inputs)
        return inner if isinstance(inner, exp.Column) else exp.paren(inner)

    if metric.spec.type == "ratio":
        above_line, below_line = (value_of(reference) for reference in metric.spec.inputs)
        return exp.Div(this=above_line, expression=below_line, typed=False, safe=False)
    values = {i.alias or i.name: i for i in metric.spec.inputs}
    tree = parse_expression(str(metric.spec.type_params.expr))
    _refuse_other_functions(tree)
    return tree.transform(lambda node: value_of(values[node.name]) if isinstance(node, exp.Column) else node)


def _refuse_other_functions(tree: exp.Expression) -> None:
    """Only functions that say the same in every database, and that have no value where an input has none."""
    for node in tree.walk():
        if not isinstance(node, IN_FORMULAS) and not _changes_nothing(node):
            text = node.sql(dialect=DIALECT)
            raise _UnsupportedError(
                f"`{text}` is not among + - * /, abs, sqrt, greatest, least and nullif(x, 0)",
                f"`{text}` 不在支持之列：+ - * /、abs、sqrt、greatest、least、nullif(x, 0)",
            )


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
    return Term(atom.component, coefficient, per.component if per else None, atom.offset, atom.window)


def _term_order(term: Term) -> tuple[str, str, str, str]:
    per = term.per.component_id if term.per else ""
    return (term.component.component_id, per, str(term.offset or ""), str(term.window or ""))
