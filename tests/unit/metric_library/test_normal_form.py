"""Formulas reduced to sums of components, divided last."""

from __future__ import annotations

from fractions import Fraction

import pytest
from small_library import SHARE, SmallLibrary

from metric_library.calendar_spans import Offset, Span, Window
from metric_library.library import Library
from metric_library.normal_form import (
    Formula,
    NormalForm,
    Unsupported,
    additivity,
    grains_of,
    reduce_metric,
    twins,
)
from metric_library.readable import formula_text


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
    year = Offset(Span(months=12))
    assert [(t.coefficient, t.offset) for t in form(library, "growth").numerator] == [(1, None), (-1, year)]
    assert form(library, "rolling").numerator[0].window == Window("first", Span(months=3))
    assert (additivity(library, "growth"), additivity(library, "rolling")) == ("derived", "semi_additive")


def test_lengths_are_equal_however_they_are_written(small: SmallLibrary) -> None:
    for name, window in (("quarterly", "1 quarter"), ("three_months", "3 months")):
        text = f"cumulative_type_params: {{window: {window}, period_agg: last}}"
        small.add(
            name, f"    type: cumulative\n    type_params:\n      measure: orders_received\n      {text}\n"
        )
    assert twins(small.load()) == [("quarterly", "three_months")]


def test_an_offset_of_an_offset_adds_up_and_of_another_kind_is_refused(small: SmallLibrary) -> None:
    def offset(name: str, inner: str, window: str) -> None:
        small.add(
            name,
            f"    type: derived\n    type_params:\n      expr: before\n      metrics:\n"
            f"        - {{name: {inner}, alias: before, {window}}}\n",
        )

    offset("last_month", "orders_received", "offset_window: 1 month")
    offset("last_year", "last_month", "offset_window: 1 year")
    offset("last_week", "last_month", "offset_window: 7 days")
    library = small.load()
    assert form(library, "last_year").numerator[0].offset == Offset(Span(months=13))
    assert isinstance(reduce_metric(library, "last_week"), Unsupported)


@pytest.mark.parametrize(
    ("offset", "grains"),
    [
        ("offset_window: 1 month", {"day", "month", "ytd", "rolling_3_months", "rolling_12_months"}),
        (
            "offset_window: 1 quarter",
            {"day", "month", "quarter", "ytd", "rolling_3_months", "rolling_12_months"},
        ),
        ("offset_window: 2 weeks", {"day", "week", "rolling_4_weeks"}),
        ("offset_to_grain: year", {"day", "month", "quarter", "year"}),
    ],
)
def test_a_grain_without_a_base_period_is_not_published(
    small: SmallLibrary, offset: str, grains: set
) -> None:
    file = small.add(
        "change",
        "    type: derived\n    type_params:\n      expr: now - before\n      metrics:\n"
        "        - {name: orders_received, alias: now}\n"
        f"        - {{name: orders_received, alias: before, {offset}}}\n",
    )
    small.edit(file.name, "grains: [month, year]", "grains: [day, week, month, quarter, year, ytd]")
    assert set(grains_of(small.load(), "change")) == grains


def test_rolling_grains_follow_weeks_and_months(small: SmallLibrary) -> None:
    small.edit("revenue.yml", "grains: [month, year]", "grains: [week, year]")
    library = small.load()
    assert grains_of(library, "revenue") == ("week", "year", "rolling_4_weeks")
    assert grains_of(library, "closing_fte") == ("month", "year", "rolling_3_months", "rolling_12_months")


@pytest.mark.parametrize(
    ("expr", "inputs", "expression"),
    [
        ("a * b", ("revenue", "orders_received"), "x1 * x2"),
        ("a + b", ("cancellation_rate", "average_fte"), "x1 + x2"),
        ("a + 5", ("revenue",), "x1 + 5"),
        ("greatest(a, b)", ("orders_cancelled", "orders_received"), "GREATEST(x1, x2)"),
        ("a - a", ("revenue",), "x1 - x1"),
        ("1 - sqrt(a) / b", ("revenue", "average_fte"), "1 - SQRT(x1) / x2"),
    ],
)
def test_what_has_no_normal_form_is_a_formula_of_its_inputs(
    small: SmallLibrary, expr: str, inputs: tuple, expression: str
) -> None:
    derived(small, "odd", expr, *inputs)
    library = small.load()
    found = reduce_metric(library, "odd")
    assert isinstance(found, Formula)
    assert found.expression == expression
    assert [entry.form for entry in found.inputs] == [form(library, name) for name in inputs]
    assert additivity(library, "odd") == "formula"


def test_a_formula_in_a_formula_is_written_out(small: SmallLibrary) -> None:
    derived(small, "product", "a * b", "cancellation_rate", "average_fte")
    derived(small, "root", "sqrt(a) / b", "product", "average_fte")
    found = reduce_metric(small.load(), "root")
    assert isinstance(found, Formula)
    assert (found.expression, len(found.inputs)) == ("SQRT((x1 * x2)) / x2", 2)


def test_equal_formulas_are_twins(small: SmallLibrary) -> None:
    derived(small, "product", "a * b", "cancellation_rate", "average_fte")
    derived(small, "same_product", "(a) * b", "cancellation_rate", "average_fte")
    assert twins(small.load()) == [("product", "same_product")]


@pytest.mark.parametrize("expr", ["coalesce(a, 0)", "random() * a", "case when a > 1 then 1 else a * a end"])
def test_other_functions_are_refused_with_a_reason(small: SmallLibrary, expr: str) -> None:
    derived(small, "odd", expr, "revenue")
    found = reduce_metric(small.load(), "odd")
    assert isinstance(found, Unsupported)
    assert found.reason
    assert found.reason_zh


@pytest.mark.parametrize("measure", ["median_hold", "regions"])
def test_what_cannot_be_summed_is_evaluated_from_the_records(small: SmallLibrary, measure: str) -> None:
    small.add("odd", f"    type: simple\n    type_params:\n      measure: {measure}\n")
    library = small.load()
    (term,) = form(library, "odd").numerator
    assert term.component.aggregation in ("median", "count_distinct")
    assert term.component.time_aggregation == "direct"
    assert additivity(library, "odd") == "direct"


def test_a_direct_component_is_a_term_like_any_other(small: SmallLibrary) -> None:
    small.edit("fct_order.yml", "agg: count_distinct,", "agg: count_distinct, create_metric: true,")
    derived(small, "per_region", "a / b", "revenue", "regions")
    found = form(small.load(), "per_region")
    assert (terms(found.numerator), terms(found.denominator)) == ({"order_amount": 1}, {"regions": 1})


def test_stock_taken_on_the_first_day(small: SmallLibrary) -> None:
    small.edit("fct_workforce.yml", "window_choice: max", "window_choice: min")
    (term,) = form(small.load(), "closing_fte").numerator
    assert term.component.time_aggregation == "first"


def conversion(small: SmallLibrary, name: str, more: str = "", calculation: str = "conversion_rate") -> None:
    small.add(
        name,
        "    type: conversion\n    type_params:\n      conversion_type_params:\n"
        "        base_measure:\n          name: orders_received\n"
        "          filter: \"{{ Dimension('order__status') }} = 'open'\"\n"
        f"        conversion_measure: hold_hours\n        entity: order\n{more}"
        f"        calculation: {calculation}\n",
        unit=SHARE,
    )


def test_conversions_are_counted_on_the_base_record(small: SmallLibrary) -> None:
    conversion(small, "held", "        window: 1 week\n")
    found = form(small.load(), "held")
    (converted,), (base,) = found.numerator, found.denominator
    assert base.component.conversion is None
    assert converted.component.filter == base.component.filter == "status = 'open'"
    assert converted.component.conversion.window == "7 day"
    assert converted.component.conversion.matched == (("order_id", "order_id"),)
    assert converted.component.conversion.expression == "customer_hold_hours"


def test_conversions_alone_are_additive(small: SmallLibrary) -> None:
    conversion(small, "held", calculation="conversions")
    assert additivity(small.load(), "held") == "additive"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("entity: order", "entity: ordr", "no entity `ordr`"),
        (
            "        calculation",
            "        constant_properties: [{base_property: colour, conversion_property: status}]\n"
            "        calculation",
            "neither a dimension nor an entity `colour`",
        ),
        ("conversion_measure: hold_hours", "conversion_measure: median_hold", "is a median"),
    ],
)
def test_wrong_conversions_are_named(small: SmallLibrary, old: str, new: str, message: str) -> None:
    conversion(small, "held")
    small.edit("held.yml", old, new)
    assert any(message in problem.message for problem in small.load().problems)


def test_every_type_is_said_in_both_languages(small: SmallLibrary) -> None:
    conversion(small, "held", "        window: 1 week\n")
    small.add(
        "rolling",
        "    type: cumulative\n    type_params:\n      measure: orders_received\n"
        "      cumulative_type_params: {window: 3 months, period_agg: last}\n",
    )
    library = small.load()
    assert formula_text(library, "rolling").endswith(
        ", over the last 3 months, as of the last day of the period"
    )
    assert formula_text(library, "rolling", "zh").endswith("，最近3个月累计，取周期末日的值")
    assert "within 1 week by hold_hours" in formula_text(library, "held")
    assert "1周内发生" in formula_text(library, "held", "zh")


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
