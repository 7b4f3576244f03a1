"""By which dimensions a metric may be sliced, and what is generated for it."""

from pathlib import Path

import pytest
from small_library import SmallLibrary

from metric_library.compile import DomainState
from metric_library.library import Library
from metric_library.requirements import Connected
from metric_library.slice_models import connected_slices, slice_models, slice_rows
from metric_library.slices import slices_of

CONNECTED: Connected = {
    "sales.orders": frozenset({"region"}),
    "sales.accounts": frozenset({"segment"}),
    "hr.employees": frozenset(),
}


def sliced(small: SmallLibrary, metric: str, *dimensions: str) -> Library:
    levels = "levels: [company, department, employee]\n"
    small.edit(f"{metric}.yml", levels, f"{levels}          slices: [{', '.join(dimensions)}]\n")
    return small.load()


def addend(component) -> dict[str, str]:
    return {"component_id": component.component_id}


def test_a_metric_is_sliced_by_its_facts_own_and_by_joined_dimensions(small: SmallLibrary) -> None:
    library = sliced(small, "revenue", "sales_region", "order__status", "account__account_segment")
    assert library.problems == ()
    own, addressed, joined = slices_of(library, "revenue")
    assert (own.sql, own.joins) == ("region", ())
    assert (addressed.dimension, addressed.sql) == ("order__status", "status")
    assert (joined.sql, joined.joins[0].model) == ("account__account_segment", "dim_account")
    assert joined.needs == ("sales.accounts",)


def test_every_component_of_a_ratio_is_sliced_but_what_is_the_same_for_all(small: SmallLibrary) -> None:
    library = sliced(small, "average_fte", "employee__employment_type")
    assert library.problems == ()
    assert [s.component.component_id for s in slices_of(library, "average_fte")] == ["workforce.fte_days"]


@pytest.mark.parametrize(
    ("metric", "dimension", "words"),
    [
        ("revenue", "colour", "`orders` has no dimension `colour`"),
        ("revenue", "product__colour", "`product__colour` cannot be reached from `orders`"),
        ("revenue", "ordered_on", "is a date"),
        ("revenue", "account__account_owner", "sales.accounts.owner_employee_id, which is pseudonym data"),
        ("revenue_per_fte", "sales_region", "`workforce` has no dimension `sales_region`"),
    ],
)
def test_what_cannot_be_sliced_is_said_at_its_place(
    small: SmallLibrary, metric: str, dimension: str, words: str
) -> None:
    library = sliced(small, metric, dimension)
    [problem] = library.problems
    assert words in problem.message
    assert problem.message_zh
    assert (problem.metric_id, problem.line) == (metric, small.line(f"{metric}.yml", "slices:"))
    assert metric in library.held_out


@pytest.mark.parametrize("expression", ["\"'all'\"", "unheard_of"])
def test_a_dimension_that_leads_to_no_column_may_be_personal(small: SmallLibrary, expression: str) -> None:
    small.edit("fct_order.yml", "categorical, expr: region", f"categorical, expr: {expression}")
    [problem] = sliced(small, "revenue", "sales_region").problems
    assert "nobody can say whether it is personal" in problem.message


def test_a_median_is_not_sliced(small: SmallLibrary) -> None:
    small.add("median_wait", "    type: simple\n    type_params:\n      measure: median_hold\n")
    [problem] = sliced(small, "median_wait", "sales_region").problems
    assert "cannot be sliced by `sales_region`" in problem.message


def test_figures_of_people_alone_are_not_sliced(small: SmallLibrary) -> None:
    small.edit("revenue.yml", "[company, department, employee]", "[employee]")
    small.edit("revenue.yml", "levels: [employee]\n", "levels: [employee]\n          slices: [status]\n")
    [problem] = small.load().problems
    assert "slices are kept for org units" in problem.message


def test_a_broken_model_is_no_dimension(small: SmallLibrary) -> None:
    small.edit("dim_account.yml", "expr: segment", 'expr: "segment ("')
    library = sliced(small, "revenue", "account__account_segment")
    assert {p.semantic_model or p.metric_id for p in library.problems} == {"accounts", "revenue"}


def test_a_dimension_that_no_source_fills_is_left_out(small: SmallLibrary) -> None:
    library = sliced(small, "revenue", "sales_region", "account__account_segment")
    everything = connected_slices(library, ["revenue"], CONNECTED)
    assert set(everything) == {("revenue", "sales_region"), ("revenue", "account__account_segment")}
    without_accounts = {table: columns for table, columns in CONNECTED.items() if table != "sales.accounts"}
    assert set(connected_slices(library, ["revenue"], without_accounts)) == {("revenue", "sales_region")}


def test_one_model_reads_a_fact_for_all_its_slices(small: SmallLibrary) -> None:
    library = sliced(small, "revenue", "sales_region", "account__account_segment")
    slices = connected_slices(library, ["revenue"], CONNECTED)
    files = {Path(name).stem: text for name, text in slice_models(slices, DomainState(), addend).items()}
    assert {"metric_slice__orders", "metric_slice_daily"} <= set(files)
    assert files["metric_slice__orders"].count("'dimension':") == 2
    assert "metric_slice__orders" in files["metric_slice_daily"]
    assert slice_rows(slices, DomainState()) == [
        {"metric_id": "revenue", "dimension": "sales_region"},
        {"metric_id": "revenue", "dimension": "account__account_segment"},
    ]


def test_slices_on_a_held_domain_are_carried(small: SmallLibrary, tmp_path: Path) -> None:
    library = sliced(small, "revenue", "sales_region", "employee__employment_type")
    slices = connected_slices(library, ["revenue"], CONNECTED)
    published = tmp_path / "metric_slice.parquet"
    published.touch()
    domains = DomainState({}, {"hr": "dim_employee failed"}, tmp_path / "leaves.parquet")
    files = {Path(name).stem: text for name, text in slice_models(slices, domains, addend).items()}
    assert slice_rows(slices, domains) == [{"metric_id": "revenue", "dimension": "sales_region"}]
    assert "('revenue', 'employee__employment_type')" in files["metric_slice_as_published"]
    assert str(published) in files["metric_slice_as_published"]
    assert "dim_employee" not in files["metric_slice__orders"]
