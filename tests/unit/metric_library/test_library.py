"""What is held out, and what stands."""

import pytest
from small_library import SmallLibrary

DEPENDANTS = {"average_fte": {"revenue_per_fte"}, "revenue": {"revenue_per_fte"}}


def test_sound_library_has_no_problems(small: SmallLibrary) -> None:
    library = small.load()
    assert not library.problems
    assert not library.held_out
    assert set(library.metrics) == {
        "average_fte", "cancellation_rate", "closing_fte", "kept_rate", "revenue", "revenue_per_fte",
    }  # fmt: skip
    assert "orders_received" in library.definitions, "a measure with create_metric is an input like any other"
    assert library.metrics["revenue"].perspective == "financial"
    assert library.metrics["revenue"].line == 2


def test_unreadable_file_is_held_out_under_its_own_name_with_its_dependants(small: SmallLibrary) -> None:
    small.edit("average_fte.yml", "label: Average fte", "label: Average: fte")
    library = small.load()
    assert set(library.held_out) == {"average_fte", "revenue_per_fte"}
    assert library.held_out["average_fte"].line == small.line("average_fte.yml", "Average: fte")
    assert "`average_fte`" in library.held_out["revenue_per_fte"].reason
    assert library.held_out_files == {small.path("average_fte.yml"), small.path("revenue_per_fte.yml")}
    assert "revenue" in library.computable


@pytest.mark.parametrize(
    ("file", "old", "new", "kind", "at", "held"),
    [
        (
            "revenue.yml",
            "measure: order_amount",
            "measure: order_amont",
            "reference",
            "order_amont",
            "revenue",
        ),
        ("revenue.yml", "order__status", "order__state", "reference", "order__state", "revenue"),
        ("revenue.yml", "order__status", "employee__status", "reference", "employee__status", "revenue"),
        (
            "average_fte.yml",
            "numerator: fte_days",
            "numerator: fte_day",
            "reference",
            "fte_day",
            "average_fte",
        ),
        (
            "average_fte.yml",
            "      denominator: calendar_days\n",
            "",
            "denominator",
            "type_params",
            "average_fte",
        ),
    ],
)
def test_unknown_names_hold_out_the_metric(
    small: SmallLibrary, file: str, old: str, new: str, kind: str, at: str, held: str
) -> None:
    small.edit(file, old, new)
    library = small.load()
    (problem,) = library.problems
    assert (problem.kind, problem.metric_id) == (kind, held)
    assert (problem.file.name, problem.line) == (file, small.line(file, at))
    assert set(library.held_out) == {held} | DEPENDANTS[held]


def test_cycle_is_shown_whole_and_holds_out_all_of_it(small: SmallLibrary) -> None:
    small.edit("average_fte.yml", "numerator: fte_days", "numerator: revenue_per_fte")
    library = small.load()
    assert {problem.kind for problem in library.problems} == {"cycle"}
    assert "average_fte → revenue_per_fte → average_fte" in library.problems[0].message
    assert set(library.held_out) == {"average_fte", "revenue_per_fte"}


def test_formula_may_only_name_its_inputs(small: SmallLibrary) -> None:
    small.edit("kept_rate.yml", "expr: 1 - rate", "expr: 1 - cancellation_rate")
    (problem,) = small.load().problems
    assert (problem.kind, problem.line) == ("formula", small.line("kept_rate.yml", "expr:"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    defaults: {agg_time_dimension: ordered_on}\n", ""),
        ("agg: count_distinct", "agg: percentile"),
        ("expr: status = 'cancelled'", 'expr: "status = ("'),
        ("      - {name: order, type: primary, expr: order_id}\n", ""),
        ("{name: sales_region, type: categorical", "{name: status, type: categorical"),
        ("agg: median", "agg: middle"),
    ],
)
def test_broken_semantic_model_holds_out_what_is_measured_on_it(
    small: SmallLibrary, old: str, new: str
) -> None:
    small.edit("fct_order.yml", old, new)
    library = small.load()
    assert {p.semantic_model for p in library.problems} == {"orders"}
    assert set(library.computable) == {"average_fte", "closing_fte"}
    assert small.path("fct_order.yml") in library.held_out_files


JOINED = "{{ Dimension('account__account_segment') }} = 'large'"


def test_a_join_that_leads_nowhere_is_a_problem_of_the_filter(small: SmallLibrary) -> None:
    small.edit("revenue.yml", "{{ Dimension('order__status') }} <> 'cancelled'", JOINED)
    assert small.load().problems == ()
    small.edit("revenue.yml", "account_segment", "account_size")
    [problem] = small.load().problems
    assert (problem.metric_id, problem.kind) == ("revenue", "reference")
    assert problem.line == small.line("revenue.yml", "account_size")
    assert "`accounts` has no dimension `account_size`" in problem.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("validity_params: {is_start: true}", "validity_params: {is_end: true}"),
        ("type: natural", "type: foreign"),
        (", validity_params: {is_start: true}}", "}"),
    ],
)
def test_a_dated_model_without_its_dates_or_key_holds_out_what_joins_it(
    small: SmallLibrary, old: str, new: str
) -> None:
    joined = "{{ Dimension('employee__employment_type') }} = 'intern'"
    small.edit("revenue.yml", "{{ Dimension('order__status') }} <> 'cancelled'", joined)
    assert small.load().problems == ()
    small.edit("dim_employee.yml", old, new)
    library = small.load()
    assert {p.semantic_model or p.metric_id for p in library.problems} == {"employees", "revenue"}
    assert "average_fte" in library.computable


def test_unparsable_semantic_model_is_the_reason_not_its_measures(small: SmallLibrary) -> None:
    small.edit("fct_order.yml", "model: ref('fct_order')", "model: ref('fct_order'): x")
    library = small.load()
    assert [problem.file.name for problem in library.problems if problem.kind != "syntax"] == []
    assert "revenue" in library.held_out


def test_name_twice_is_a_problem_of_the_second(small: SmallLibrary) -> None:
    text = small.path("revenue.yml").read_text(encoding="utf-8")
    small.write("models/metrics/process/turnover.yml", text)
    (problem,) = small.load().problems
    assert problem.file.name == "turnover.yml"
    assert "revenue.yml:2" in problem.message


def test_other_metrics_of_a_held_out_file_are_held_out(small: SmallLibrary) -> None:
    text = small.path("closing_fte.yml").read_text(encoding="utf-8").removeprefix("metrics:\n")
    small.edit("revenue.yml", "measure: order_amount", "measure: unknown")
    with small.path("revenue.yml").open("a", encoding="utf-8") as file:
        file.write(text)
    small.path("closing_fte.yml").unlink()
    library = small.load()
    assert {"revenue", "revenue_per_fte", "closing_fte"} == set(library.held_out)
