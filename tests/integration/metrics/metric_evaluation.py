"""A metric evaluated by hand: sums of components put into the library's own formula, with exact fractions."""

from collections.abc import Mapping
from fractions import Fraction

import duckdb

from metric_library.library import Library
from metric_library.normal_form import Component, Formula, NormalForm, Term, reduce_metric

EXACT_TO = 10**9  # a formula is evaluated in doubles; its value is the simplest fraction next to the result


def evaluate(library: Library, metric_id: str, sums: Mapping[str, int | Fraction]) -> Fraction | None:
    """The value of a metric over the given sums by measure; None when nothing is below the line.

    A measure that the metric reads and `sums` does not name raises KeyError: nothing is taken for 0.
    """
    form = reduce_metric(library, metric_id)
    if isinstance(form, Formula):
        return _formula(form, sums)
    assert isinstance(form, NormalForm), f"{metric_id} has no normal form: {form.reason}"
    return _quotient(form, sums)


def pooled(*groups: Mapping[str, int]) -> dict[str, int]:
    """Sums over several groups: what the engine does at every roll-up."""
    return {measure: sum(group[measure] for group in groups) for measure in groups[0]}


def _quotient(form: NormalForm, sums: Mapping[str, int | Fraction]) -> Fraction | None:
    numerator = _total(form.numerator, sums)
    if not form.denominator:
        return numerator
    denominator = _total(form.denominator, sums)
    return numerator / denominator if denominator else None


def _formula(form: Formula, sums: Mapping[str, int | Fraction]) -> Fraction | None:
    inputs = [_quotient(entry.form, sums) for entry in form.inputs]
    named = ", ".join(
        f"cast({'null' if value is None else float(value)} as double) as x{number}"
        for number, value in enumerate(inputs, start=1)
    )
    [(result,)] = duckdb.sql(f"select {form.expression} from (select {named})").fetchall()
    return None if result is None else Fraction(result).limit_denominator(EXACT_TO)


def _total(terms: tuple[Term, ...], sums: Mapping[str, int | Fraction]) -> Fraction:
    return sum((term.coefficient * _amount(term, sums) for term in terms), Fraction(0))


def _amount(term: Term, sums: Mapping[str, int | Fraction]) -> Fraction:
    amount = Fraction(_sum_of(term.component, sums))
    return amount / _sum_of(term.per, sums) if term.per else amount


def _sum_of(component: Component, sums: Mapping[str, int | Fraction]) -> int | Fraction:
    return sums[component.measure]
