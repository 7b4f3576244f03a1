"""The hand-written suites over a real DuckDB file: good marts pass, each kind of fault is flagged."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.contract import load_contracts
from quality.expectations.marts import load_suites
from quality.expectations.suite import Summary, read_layers, write_summary

SUITES = {suite.name.removeprefix("marts__"): suite for suite in load_suites(load_contracts())}

# By suite: the expectation that must flag it, the damage done to the suite's table {t}, and the rows flagged.
FAULTS = {
    "metric_value": [
        ("one_row_per_metric_subject_and_period", "insert into {t} select * from {t} where n = 12", 1),
        ("state_is_known", "update {t} set state = 'healthy' where n = 12", 1),
        ("ok_has_a_value", "update {t} set value = null, numerator = null where n = 12", 1),
        ("no_value_without_data", "update {t} set value = 0, numerator = 0 where state = 'no_data'", 1),
        ("value_is_in_valid_range", "update {t} set value = -1, numerator = -1 where n = 12", 1),
        ("ratio_is_numerator_by_denominator", "update {t} set value = 0.34 where n = 3", 1),
        ("total_is_its_numerator", "update {t} set value = 11 where n = 12", 1),
        ("nothing_is_divided_by_zero", "update {t} set denominator = 0, value = 0 where n = 3", 1),
        ("few_records_are_suppressed", "update {t} set n = 1 where n = 3", 1),
        ("period_has_begun", "update {t} set period_start = date '2026-07-01' where n = 12", 1),
        ("metric_is_described", "update {t} set metric_version = '2.0' where n = 12", 1),
    ],
    "dim_metric": [
        ("one_row_per_metric", "insert into {t} select * from {t} where metric_id = 'win_rate'", 1),
        ("every_metric_has_values_or_a_reason", "update {t} set state_reason = null", 1),
        ("ok_metric_is_named_in_both_languages", "update {t} set name_zh = '' where state = 'ok'", 2),
        ("ok_metric_has_an_owner", "update {t} set owner = null where metric_id = 'win_rate'", 1),
        ("version_names_a_definition", "update {t} set fingerprint = null where state = 'ok'", 2),
    ],
    "goal_path": [
        ("starts_at_a_strategic_goal", "update {t} set root_goal_id = 'G2'", 1),
        ("depth_counts_the_steps", "update {t} set path = 'G1 > G1'", 1),
        ("ends_at_a_known_metric", "update {t} set metric_id = 'unheard_of'", 1),
        ("somebody_carries_it", "update {t} set subject_id = ''", 1),
    ],
    "lineage_edge": [
        ("both_ends_are_named", "update {t} set kind = null where from_type = 'goal'", 1),
        ("nothing_comes_from_itself", "insert into {t} values ('goal', 'G1', 'goal', 'G1', 'x', '')", 1),
        ("every_metric_has_an_origin", "delete from {t} where from_id = 'headcount'", 1),
    ],
    "load_reconciliation": [
        ("rows_read_are_accounted_for", "update {t} set rows_landed = 9", 1),
        ("counts_are_not_negative", "update {t} set rows_deleted = -1", 1),
        ("one_row_per_load", "insert into {t} select * from {t}", 1),
    ],
    "int_hr__employee_assignment": [
        ("shares_of_a_person_day_sum_to_one", "delete from {t} where position_id = 'P2'", 1),
        (
            "intervals_do_not_overlap",
            "update {t} set valid_to = date '2026-03-02' where valid_from < date '2000-01-01'",
            1,
        ),
    ],
    "fct_workforce_daily": [
        ("a_person_counts_once_a_day", "update {t} set headcount = 1", 1),
        ("nobody_works_in_the_future", "update {t} set work_date = date '2026-07-01'", 2),
        ("full_time_share_is_plausible", "update {t} set fte = 1", 1),
    ],
    "fct_payroll_monthly": [
        ("pay_adds_up", "update {t} set total_pay = 111", 1),
        ("paid_once_a_month", "insert into {t} select * from {t}", 1),
    ],
    "fct_order": [
        ("amount_is_that_of_its_lines", "update {t} set amount = 31 where order_id = 'O1'", 1),
        ("delivered_order_was_accepted", "update {t} set accepted_on = null", 1),
        ("nothing_is_accepted_before_it_is_ordered", "update {t} set accepted_on = date '2025-12-31'", 2),
    ],
    "fct_order_line": [
        ("margin_is_amount_less_cost", "update {t} set margin = 0 where cost is null", 1),
        ("line_belongs_to_an_order", "update {t} set order_id = 'O9' where order_line_id = 'L2'", 1),
    ],
    "fct_opportunity": [
        ("outcome_is_one", "update {t} set is_lost = true where is_won", 1),
        ("closed_opportunity_has_its_day", "update {t} set closed_on = null", 1),
    ],
    "fct_ticket": [
        ("one_row_per_ticket", "insert into {t} select * from {t} where ticket_id = 'T2'", 1),
        ("resolved_ticket_has_its_day", "update {t} set resolved_on = null", 1),
        ("on_time_only_where_it_is_due", "update {t} set is_resolution_on_time = true", 2),
        ("hours_are_not_negative", "update {t} set response_hours = -1 where ticket_id = 'T1'", 1),
    ],
    "fct_ticket_event": [
        ("event_belongs_to_a_ticket", "update {t} set ticket_id = 'T9'", 1),
    ],
    "fct_ledger_monthly": [
        ("amount_stands_in_one_class", "update {t} set amount = 6 where tax = 5", 1),
        ("expense_is_the_sum_of_its_classes", "update {t} set total_expense = 5 where tax = 5", 1),
    ],
}
CASES = [
    pytest.param(suite, *fault, id=f"{suite}-{fault[0]}")
    for suite, faults in FAULTS.items()
    for fault in faults
]


@pytest.fixture
def warehouse(tmp_path: Path, make_warehouse: Any) -> Path:
    return make_warehouse(tmp_path / "warehouse.duckdb")


def evaluate(home: Path, warehouse: Path, names: list[str]) -> Summary:
    from quality.expectations.runner import run_suites

    return run_suites(home, "night-1", "marts", [SUITES[name] for name in names], warehouse, [])


def test_good_marts_pass(tmp_path: Path, warehouse: Path) -> None:
    summary = evaluate(tmp_path, warehouse, list(SUITES))

    assert [(suite.name, one.name, one.message) for suite, one in summary.findings()] == []
    assert summary.status == "passed"
    assert summary.counts["total"] == sum(len(suite.expectations) for suite in SUITES.values())


@pytest.mark.parametrize(("suite", "expectation", "damage", "rows"), CASES)
def test_fault_is_flagged(
    tmp_path: Path, warehouse: Path, suite: str, expectation: str, damage: str, rows: int
) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(damage.format(t=".".join(SUITES[suite].relation)))

    results = {one.name: one for one in evaluate(tmp_path, warehouse, [suite]).suites[0].expectations}

    flagged = results[expectation]
    assert (flagged.status, flagged.unexpected) == ("failed", rows)
    assert 1 <= len(flagged.sample) <= 5
    assert all(one.status != "error" for one in results.values())


def test_every_expectation_has_its_fault() -> None:
    written = {(name, one.name) for name, suite in SUITES.items() for one in suite.expectations}
    assert {(case.values[0], case.values[1]) for case in CASES} == written


def test_expectation_that_raises_is_an_error(tmp_path: Path, warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("alter table core.fct_ticket rename column response_hours to minutes")

    suite = evaluate(tmp_path, warehouse, ["fct_ticket"]).suites[0]

    results = {one.name: one for one in suite.expectations}
    assert results["hours_are_not_negative"].status == "error"
    assert "response_hours" in results["hours_are_not_negative"].message
    assert results["one_row_per_ticket"].status == "passed"
    assert suite.status == "error"


def test_missing_mart_is_an_error_and_hides_no_other(tmp_path: Path, warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop table core.fct_ticket")

    summary = evaluate(tmp_path, warehouse, ["fct_ticket", "fct_order"])

    ticket, order = summary.suites
    assert {one.status for one in ticket.expectations} == {"error"}
    assert ticket.expectations[0].message == "core.fct_ticket does not exist in the warehouse"
    assert order.status == "passed"


def test_warning_does_not_fail_the_layer(tmp_path: Path, warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update core.fct_ticket set response_hours = -1")

    summary = evaluate(tmp_path, warehouse, ["fct_ticket"])

    assert summary.success
    assert summary.counts == {"passed": 3, "failed": 1, "error": 0, "total": 4}


def test_warehouse_can_be_written_after_the_run(tmp_path: Path, warehouse: Path) -> None:
    evaluate(tmp_path, warehouse, ["fct_ticket"])

    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table written_after as select 1")


def test_summary_survives_being_stored(tmp_path: Path, warehouse: Path) -> None:
    summary = evaluate(tmp_path, warehouse, ["fct_ticket", "load_reconciliation"])

    file = write_summary(tmp_path, summary)

    assert Summary.from_dict(read_layers(file)["marts"]).counts == summary.counts
