"""What a night is told of the library: states, terms, components, and the models generated for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from small_library import SmallLibrary

from ingestion.contract import load_contracts
from ingestion.profile import Profile, load_profile
from metric_library.compile import CompiledLibrary, DomainState, RunContext, compile_library

RUN = RunContext("run", date(2026, 6, 30), datetime(2026, 7, 1, tzinfo=UTC), "test", date(2026, 1, 1))

PROFILE = """
company: {name: Small, time_zone: UTC, currency: CNY}
sources:
  erp:
    tables:
      sales.orders: {path: orders.csv, columns: same}
      hr.employees: {path: staff.csv, columns: same}
"""


@dataclass
class Compiling:
    """The small library compiled for a small company."""

    library: SmallLibrary
    folder: Path
    profile_text: str = PROFILE
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def profile(self) -> Profile:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "sources.yml").write_text(self.profile_text, encoding="utf-8")
        return load_profile(self.folder)

    def compile(self, **more: Any) -> CompiledLibrary:
        return compile_library(
            self.library.load(), profile=self.profile, contracts=load_contracts(), run=RUN, **more
        )

    def metric(self, name: str, **more: Any) -> dict[str, Any]:
        table = self.compile(**more).tables["metric"]
        return table.row(by_predicate=pl.col("metric_id") == name, named=True)


@pytest.fixture
def compiling(tmp_path: Path) -> Compiling:
    return Compiling(SmallLibrary(tmp_path), tmp_path / "profile")


def test_terms_are_the_normal_form(compiling: Compiling):
    terms = compiling.compile().tables["metric_term"].filter(pl.col("metric_id") == "revenue_per_fte")
    found = {(r["role"], r["component_id"].split(".")[1], r["per"]) for r in terms.iter_rows(named=True)}
    assert found == {
        ("numerator", "order_amount", None),
        ("denominator", "fte_days", "calendar.calendar_days"),
    }


def test_one_model_per_semantic_model_and_their_union(compiling: Compiling):
    models = compiling.compile().sql_models
    leaves = {Path(name).stem for name in models if "components" in name}
    assert leaves == {
        "metric_component__orders",
        "metric_component__workforce",
        "metric_component__calendar",
    }
    union = models["marts/metrics/metric_component_daily.sql"]
    assert all(name in union for name in leaves)


def test_a_metric_without_its_source_is_not_computable_by_name(compiling: Compiling):
    compiling.profile_text = PROFILE.replace("      sales.orders: {path: orders.csv, columns: same}\n", "")
    row = compiling.metric("revenue")
    assert (row["state"], row["state_reason"]) == (
        "not_computable",
        "no source is connected for sales.orders",
    )
    assert compiling.metric("average_fte")["state"] == "ok"
    terms = compiling.compile().tables["metric_term"]["metric_id"].to_list()
    assert "revenue" not in terms


def test_a_column_may_be_what_is_missing(compiling: Compiling):
    compiling.library.edit("fct_order.yml", "requires: [sales.orders]", "requires: [sales.orders.region]")
    compiling.profile_text = PROFILE.replace(
        "{path: orders.csv, columns: same}",
        "{path: orders.csv, columns: {order_id: No, ordered_at: {from: On, parse: '%F'}, status: State}}",
    )
    assert compiling.metric("revenue")["state_reason"] == "no source is connected for sales.orders.region"


def test_a_held_out_metric_is_an_error_with_its_reason_and_so_is_what_rests_on_it(compiling: Compiling):
    compiling.library.edit("average_fte.yml", "numerator: fte_days", "numerator: fte_dayz")
    assert "fte_dayz" in compiling.metric("average_fte")["state_reason"]
    assert compiling.metric("revenue_per_fte")["state"] == "error"
    assert compiling.metric("revenue")["state"] == "ok"


def test_an_unreadable_file_is_an_error_by_its_name(compiling: Compiling):
    compiling.library.write("models/metrics/financial/torn.yml", "metrics:\n  - name: [\n")
    row = compiling.metric("torn")
    assert (row["state"], row["label"]) == ("error", "torn")
    grains = compiling.compile().tables["metric_grain"]
    assert grains.filter(pl.col("metric_id") == "torn").height == 1


def test_a_median_is_evaluated_from_records_and_not_summed(compiling: Compiling):
    compiling.library.add("median_wait", "    type: simple\n    type_params:\n      measure: median_hold\n")
    assert compiling.metric("median_wait")["state"] == "ok"
    compiled = compiling.compile()
    component = compiled.tables["metric_component"].row(
        by_predicate=pl.col("component_id") == "orders.median_hold", named=True
    )
    assert (component["time_aggregation"], str(component["percentile"])) == ("direct", "0.5")
    assert "orders.median_hold" in compiled.sql_models["marts/metrics/components/metric_record__orders.sql"]
    leaves = compiled.sql_models["marts/metrics/components/metric_component__orders.sql"]
    assert "orders.median_hold" not in leaves


def test_records_of_a_held_domain_are_carried(compiling: Compiling, tmp_path: Path):
    compiling.library.add("median_wait", "    type: simple\n    type_params:\n      measure: median_hold\n")
    published = tmp_path / "metric_component_daily.parquet"
    domains = DomainState(held={"sales": "fct_order failed"}, published_components=published)
    model = compiling.compile(domains=domains).sql_models[
        "marts/metrics/components/metric_record__orders.sql"
    ]
    assert str(published.with_name("metric_component_record.parquet")) in model


def test_conversions_are_measured_on_the_base_records(compiling: Compiling):
    compiling.library.add(
        "held",
        "    type: conversion\n    type_params:\n      conversion_type_params:\n"
        "        base_measure: orders_received\n        conversion_measure: hold_hours\n"
        "        entity: order\n        calculation: conversions\n        window: 7 days\n",
    )
    compiled = compiling.compile()
    [name] = [m for m in compiled.sql_models if "metric_conversion__" in m and "component__" not in m]
    assert "'7 day'" in compiled.sql_models[name]
    component = compiled.tables["metric_component"].row(
        by_predicate=pl.col("fact") == Path(name).stem, named=True
    )
    assert (component["expression"], component["date_column"]) == ("converted", "metric_date")


def test_an_unsupported_metric_says_why(compiling: Compiling):
    text = "cumulative_type_params: {window: 7 days, period_agg: average}"
    compiling.library.add(
        "mean_week",
        f"    type: cumulative\n    type_params:\n      measure: orders_received\n      {text}\n",
    )
    row = compiling.metric("mean_week")
    assert row["state"] == "error"
    assert "write first or last" in row["state_reason"]


def test_the_inputs_of_a_formula_have_their_own_terms_and_policies(compiling: Compiling):
    compiling.library.add(
        "product",
        "    type: derived\n    type_params:\n      expr: sqrt(cancellation_rate) * average_fte\n"
        "      metrics: [cancellation_rate, average_fte]\n",
    )
    compiled = compiling.compile()
    of_product = pl.col("metric_id") == "product"
    assert set(compiled.tables["metric_term"].filter(of_product)["input"]) == {1, 2}
    assert compiled.tables["metric_form"].filter(of_product)["input"].to_list() == [1, 2]
    assert "SQRT" in compiled.sql_models["marts/metrics/metric_formula_value.sql"]


def test_a_stale_domain_makes_its_metrics_stale_and_no_others(compiling: Compiling):
    domains = DomainState(stale={"sales": "orders.csv was refused"})
    assert compiling.metric("revenue", domains=domains)["state"] == "stale"
    assert compiling.metric("revenue", domains=domains)["state_reason"] == "orders.csv was refused"
    assert compiling.metric("average_fte", domains=domains)["state"] == "ok"


def test_a_held_domain_carries_the_published_components(compiling: Compiling, tmp_path: Path):
    published = tmp_path / "metric_component_daily.parquet"
    domains = DomainState(held={"sales": "fct_order failed"}, published_components=published)
    model = compiling.compile(domains=domains).sql_models[
        "marts/metrics/components/metric_component__orders.sql"
    ]
    assert str(published) in model
    assert "component_leaves_as_published" in model
    assert compiling.metric("revenue", domains=domains)["state"] == "stale"


def test_a_held_domain_that_was_never_published_is_an_error(compiling: Compiling):
    domains = DomainState(held={"sales": "fct_order failed"})
    assert compiling.metric("revenue", domains=domains)["state"] == "error"


def test_versions_count_on_from_the_last_night(compiling: Compiling):
    first = compiling.metric("revenue")
    previous = {"definitions": {"revenue": first}}
    assert first["version"] == "1.0"
    assert compiling.metric("revenue", previous=previous)["version"] == "1.0"
    compiling.library.edit("revenue.yml", "'cancelled'", "'lost'")
    assert compiling.metric("revenue", previous=previous)["version"] == "2.0"


def test_a_finding_keeps_the_day_it_was_first_seen(compiling: Compiling):
    finding = {"rule_id": "DEF-01", "object_type": "metric", "object_id": "revenue", "message": "empty"}
    previous = {"findings": [{**finding, "first_seen_on": "2026-06-01"}]}
    rows = compiling.compile(findings=[finding, {**finding, "object_id": "other"}], previous=previous).tables[
        "definition_finding"
    ]
    assert rows["first_seen_on"].to_list() == [date(2026, 6, 1), RUN.as_of]


def test_every_table_that_the_warehouse_declares_is_compiled(compiling: Compiling):
    from orchestration.warehouse import library_schema

    assert {*compiling.compile().tables, "calendar_day"} == set(library_schema())
