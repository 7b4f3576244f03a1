"""Formulas reduced to sums of components, divided last."""

from __future__ import annotations

from fractions import Fraction

import pytest
from small_library import SHARE, SmallLibrary

from metric_library.library import Library
from metric_library.normal_form import Direct, NormalForm, additivity, reduce_metric, twins


def terms(side: tuple) -> dict[str, Fraction]:
    """{`component` or `component per shared`: coefficient}, filters left out."""
    return {t.component.measure + (f" per {t.per.measure}" if t.per else ""): t.coefficient for t in side}


def form(library: Library, name: str) -> NormalForm:
    found = reduce_metric(library, name)
    assert isinstance(found, NormalForm), found
    return found


def derived(small: SmallLibrary, name: str, expr: str, *inputs: str) -> None:
    listed = "\n".join(f"        - {{name: {i}, alias: {a}}}" for a, i in zip("abcd", inputs, strict=False))
    small.add(
        name,
        f"    type: derived\n    type_params:\n      expr: {expr}\n      metrics:\n{listed}\n",
        unit=SHARE,
    )


def test_simple_metric_is_one_filtered_component(small: SmallLibrary) -> None:
    found = form(small.load(), "revenue")
    (term,) = found.numerator
    assert not found.denominator
    assert term.component.component_id.startswith("orders.order_amount.")
    assert (term.component.fact, term.component.domain) == ("fct_order", "sales")
    assert (term.component.expression, term.component.filter) == ("amount", "status <> 'cancelled'")
    assert (term.component.date_column, term.component.attribution) == ("ordered_on", "employee")


def test_shared_component_divides_a_term(small: SmallLibrary) -> None:
    library = small.load()
    assert terms(form(library, "average_fte").numerator) == {"fte_days": 1}
    assert terms(form(library, "average_fte").denominator) == {"calendar_days": 1}
    per_head = form(library, "revenue_per_fte")
    assert terms(per_head.numerator) == {"order_amount": 1}
    assert terms(per_head.denominator) == {"fte_days per calendar_days": 1}
    assert per_head.denominator[0].per.attribution == "shared"
    assert per_head.denominator[0].component.attribution == "position"


def test_sums_of_ratios_over_one_denominator_combine(small: SmallLibrary) -> None:
    derived(small, "both", "a + b / 2", "cancellation_rate", "kept_rate")
    found = form(small.load(), "both")
    assert terms(found.numerator) == {"orders_cancelled": Fraction(1, 2), "orders_received": Fraction(1, 2)}
    assert terms(found.denominator) == {"orders_received": 1}


def test_constants_and_signs(small: SmallLibrary) -> None:
    derived(small, "scaled", "100 * (a - b) / nullif(b, 0)", "orders_cancelled", "orders_received")
    found = form(small.load(), "scaled")
    assert terms(found.numerator) == {"orders_cancelled": 100, "orders_received": -100}
    assert terms(found.denominator) == {"orders_received": 1}


def test_coefficients_stay_exact(small: SmallLibrary) -> None:
    derived(small, "thirds", "a / (3 * b)", "revenue", "orders_received")
    found = form(small.load(), "thirds")
    assert (terms(found.numerator), terms(found.denominator)) == ({"order_amount": 1}, {"orders_received": 3})


def test_average_measure_is_sum_over_count(small: SmallLibrary) -> None:
    small.add("holding", "    type: simple\n    type_params:\n      measure: mean_hold\n")
    found = form(small.load(), "holding")
    assert [t.component.aggregation for t in found.terms] == ["sum", "count"]
    assert {t.component.expression for t in found.terms} == {"customer_hold_hours"}
    assert found.numerator[0].component.component_id == "orders.hold_hours", "it is the measure of that name"


def test_twins_are_found_whatever_their_text(small: SmallLibrary) -> None:
    derived(small, "kept_too", "(b - a) / b", "orders_cancelled", "orders_received")
    small.edit(
        "fct_order.yml", "measures:\n", "measures:\n      - {name: bookings, agg: count, expr: ORDER_ID}\n"
    )
    small.add("bookings_made", "    type: simple\n    type_params:\n      measure: bookings\n")
    small.add("orders_made", "    type: simple\n    type_params:\n      measure: orders_received\n")
    assert set(twins(small.load())) == {("kept_rate", "kept_too"), ("bookings_made", "orders_made")}


def test_stock_takes_the_last_day(small: SmallLibrary) -> None:
    (term,) = form(small.load(), "closing_fte").numerator
    assert term.component.time_aggregation == "last"


def test_offsets_and_windows_stand_in_the_terms(small: SmallLibrary) -> None:
    small.add(
        "growth",
        "    type: derived\n    type_params:\n      expr: (now - before) / before\n      metrics:\n"
        "        - {name: revenue, alias: now}\n"
        "        - {name: revenue, alias: before, offset_window: 1 year}\n",
    )
    small.add(
        "rolling",
        "    type: cumulative\n    type_params:\n      measure: orders_received\n"
        "      cumulative_type_params: {window: 3 months}\n",
    )
    library = small.load()
    assert not library.problems
    assert [(t.coefficient, t.offset, t.offset_grain) for t in form(library, "growth").numerator] == [
        (1, 0, None), (-1, 1, "year")
    ]  # fmt: skip
    assert form(library, "rolling").numerator[0].window == "3 month"


@pytest.mark.parametrize(
    ("expr", "inputs"),
    [
        ("a * b", ("revenue", "orders_received")),
        ("a + b", ("cancellation_rate", "average_fte")),
        ("a + 5", ("revenue",)),
        ("greatest(a, b)", ("orders_cancelled", "orders_received")),
        ("a - a", ("revenue",)),
    ],
)
def test_what_has_no_such_form_is_direct_with_a_reason(small: SmallLibrary, expr: str, inputs: tuple) -> None:
    derived(small, "odd", expr, *inputs)
    library = small.load()
    found = reduce_metric(library, "odd")
    assert isinstance(found, Direct)
    assert found.reason
    assert found.reason_zh
    assert additivity(library, "odd") == "direct"


@pytest.mark.parametrize("measure", ["median_hold", "regions"])
def test_direct_measure_keeps_its_component(small: SmallLibrary, measure: str) -> None:
    small.add("odd", f"    type: simple\n    type_params:\n      measure: {measure}\n")
    found = reduce_metric(small.load(), "odd")
    assert isinstance(found, Direct)
    assert found.component.aggregation in ("median", "count_distinct")


def test_classes(small: SmallLibrary) -> None:
    library = small.load()
    assert {name: additivity(library, name) for name in library.metrics} == {
        "revenue": "additive",
        "closing_fte": "semi_additive",
        "average_fte": "ratio",
        "revenue_per_fte": "ratio",
        "cancellation_rate": "ratio",
        "kept_rate": "derived",
    }


def test_both_forms_of_human_capital_roi(small: SmallLibrary) -> None:
    """Revenue 500, expenses 300, workforce cost 150: 2.3333 by Fitz-enz, 1.3333 by ISO 30414."""
    derived(small, "iso", "(a - (b - c)) / c - 1", "revenue", "hold_hours", "orders_received")
    derived(small, "fitz", "(a - (b - c)) / c", "revenue", "hold_hours", "orders_received")
    derived(small, "rate", "(a - b) / c", "revenue", "hold_hours", "orders_received")
    library = small.load()
    assert ("iso", "rate") in twins(library)
    amounts = {"order_amount": 500, "hold_hours": 300, "orders_received": 150}

    def value(name: str) -> float:
        above, below = (
            sum(c * amounts[m] for m, c in terms(side).items())
            for side in (form(library, name).numerator, form(library, name).denominator)
        )
        return round(float(above / below), 4)

    assert (value("fitz"), value("iso"), value("rate")) == (2.3333, 1.3333, 1.3333)
