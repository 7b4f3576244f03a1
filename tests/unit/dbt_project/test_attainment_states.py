"""In which state an attainment is, and what it then says: nothing is taken for 0 or for healthy."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import pytest
from rendering import model

FIGURE = {
    "metric_id": "m", "subject_type": "team", "subject_id": "T", "period_grain": "quarter",
    "period_start": date(2026, 4, 1), "period_end": date(2026, 6, 30), "target_id": "TG",
    "revision": 1,
    "kind": "at_least", "baseline": None, "gate": None, "commit": None, "target": Decimal(100),
    "stretch": None,
    "lower_bound": None, "upper_bound": None, "metric_version": "1.0", "origin": "set",
    "measured_type": "team",
    "measured_id": "T", "due_share": None, "direction": "up", "accumulates": True, "metric_state": "ok",
    "is_open": False, "value": Decimal(95), "n": 9, "value_state": "ok", "invalid_reason": None,
    "workdays": 60, "elapsed_workdays": 60,
}  # fmt: skip
LEVELS = ("baseline", "gate", "commit", "target", "stretch", "lower_bound", "upper_bound")
TYPES = dict.fromkeys(LEVELS, "decimal(24, 6)") | {
    "value": "decimal(38, 10)",
    "due_share": "decimal(12, 10)",
    "period_start": "date",
    "period_end": "date",
    "revision": "bigint",
    "n": "bigint",
    "workdays": "integer",
    "elapsed_workdays": "integer",
    "accumulates": "boolean",
    "is_open": "boolean",
}
METHOD = (
    "create table int_strategy__forecast_method (metric_id varchar, measured_type varchar, "
    "measured_id varchar, period_grain varchar, completion decimal(12, 10), relative_low double, "
    "relative_high double, absolute_low double, absolute_high double)"
)


def attainment(method: tuple | None = None, **changes: object) -> dict:
    """The row of the mart for one figure."""
    figure = FIGURE | changes
    with duckdb.connect() as connection:
        connection.execute(METHOD)
        if method:
            connection.execute(
                "insert into int_strategy__forecast_method "
                "values ('m', 'team', 'T', 'quarter', ?, ?, ?, ?, ?)",
                method,
            )
        columns = ", ".join(f"cast(${n} as {TYPES.get(n, 'varchar')}) as {n}" for n in figure)
        connection.execute(f"create table int_strategy__target_figure as select {columns}", figure)
        found = connection.execute(model("targets/mart_attainment"))
        names = [column[0] for column in found.description]
        return dict(zip(names, found.fetchone(), strict=True))


@pytest.mark.parametrize(
    ("changes", "state", "has_figure"),
    [
        ({}, "ok", True),
        ({"is_open": True}, "not_due", True),
        ({"is_open": True, "value": None, "value_state": None}, "not_due", False),
        ({"value": None, "value_state": "no_data"}, "no_data", False),
        ({"value": None, "value_state": None}, "no_data", False),
        ({"value": None, "value_state": "suppressed"}, "suppressed", False),
        ({"value_state": "stale"}, "stale", True),
        ({"target": None, "target_id": None, "kind": None}, "no_target", False),
        ({"invalid_reason": "baseline_is_target"}, "invalid", False),
        ({"metric_state": "not_computable", "value": None}, "not_computable", False),
        ({"metric_state": "error", "value": None}, "error", False),
        ({"metric_state": "error", "value": None, "target": None}, "error", False),
    ],
)
def test_states(changes: dict, state: str, has_figure: bool) -> None:
    row = attainment(**changes)
    assert row["state"] == state
    told = {row[name] is not None for name in ("attainment", "zone", "status", "pace", "forecast")}
    assert told == {has_figure}


def test_status_of_a_closed_period() -> None:
    assert attainment()["status"] == "at_risk"  # within a tenth
    assert attainment(value=Decimal(89))["status"] == "off_track"
    assert attainment(value=Decimal(100))["status"] == "on_track"
    assert attainment(commit=Decimal(96))["status"] == "off_track"
    assert attainment(commit=Decimal(95))["status"] == "at_risk"


def test_half_of_a_period_by_working_days_and_by_earlier_periods() -> None:
    """50 of 100 at half of the working days is in time; not where there used to be 60 % by then."""
    half = {"is_open": True, "elapsed_workdays": 30, "value": Decimal(50)}
    by_days = attainment(**half)
    assert (by_days["expected_by_now"], by_days["status"], by_days["forecast"]) == (50, "on_track", 100)
    by_season = attainment(method=("0.6", 0.9, 1.2, None, None), **half)
    assert (by_season["expected_by_now"], by_season["status"]) == (60, "off_track")
    assert [round(by_season[name], 2) for name in ("forecast_low", "forecast", "forecast_high")] == [
        75, Decimal("83.33"), 100,
    ]  # fmt: skip


def test_a_rate_is_compared_with_its_target_and_expected_to_stay() -> None:
    row = attainment(
        method=("0.6", None, None, -3.0, 4.0), accumulates=False, is_open=True, elapsed_workdays=30
    )
    assert (row["expected_by_now"], row["pace"], row["status"]) == (100, Decimal("0.95"), "at_risk")
    assert [row[name] for name in ("forecast_low", "forecast", "forecast_high")] == [92, 95, 99]


def test_who_has_left_owes_his_whole_part() -> None:
    row = attainment(is_open=True, elapsed_workdays=30, due_share=Decimal(1), value=Decimal(50))
    assert (row["expected_by_now"], row["status"]) == (100, "off_track")
    assert row["forecast_low"] == row["forecast"] == row["forecast_high"] == 50


def test_before_its_first_working_day_nothing_is_late() -> None:
    row = attainment(is_open=True, elapsed_workdays=0, value=Decimal(0))
    assert (row["state"], row["zone"], row["status"], row["forecast"]) == ("not_due", None, None, None)
