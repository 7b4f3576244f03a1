"""Identities between figures, and how far two figures move together."""

import math
import random
from datetime import date
from decimal import Decimal
from itertools import pairwise

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import model

EDGE = {
    "edge_id": "VARCHAR", "kind": "VARCHAR", "parent_goal_id": "VARCHAR", "child_goal_id": "VARCHAR",
    "parent_metric_id": "VARCHAR", "parent_subject_type": "VARCHAR", "parent_subject_id": "VARCHAR",
    "child_metric_id": "VARCHAR", "child_subject_type": "VARCHAR", "child_subject_id": "VARCHAR",
    "operation": "VARCHAR", "operand": "VARCHAR", "expected_sign": "VARCHAR",
    "tolerance_share": "DECIMAL(9,6)", "valid_from": "DATE", "valid_to": "DATE",
}  # fmt: skip
VALUE = {
    "metric_id": "VARCHAR", "subject_type": "VARCHAR", "subject_id": "VARCHAR", "period_grain": "VARCHAR",
    "period_start": "DATE", "period_end": "DATE", "value": "DECIMAL(38,10)",
}  # fmt: skip
PERIOD = {
    "period_grain": "VARCHAR", "period_start": "DATE", "period_end": "DATE", "is_complete": "BOOLEAN",
    "label_en": "VARCHAR", "label_zh": "VARCHAR",
}  # fmt: skip
MAY = (date(2026, 5, 1), date(2026, 5, 31))
RECONCILIATION = model("cascade/mart_cascade_reconciliation")
INFLUENCE = model("cascade/mart_influence")


def answers(sql: str, edges: list[dict], values: list[dict], periods: list[dict]) -> list[dict]:
    """What a model says of these rows."""
    with duckdb.connect() as connection:
        for name, columns, rows in (
            ("int_strategy__edge_figure", EDGE, edges),
            ("metric_value", VALUE, values),
            ("dim_period", PERIOD, periods),
        ):
            listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            connection.execute(f"CREATE TABLE {name} ({listed})")
            marks = ", ".join("?" for _ in columns)
            for row in rows:
                connection.execute(
                    f"INSERT INTO {name} VALUES ({marks})", [row.get(column) for column in columns]
                )
        connection.execute("CREATE SCHEMA library; CREATE TABLE library.metric_grain AS "
                           "SELECT DISTINCT metric_id, period_grain FROM metric_value")  # fmt: skip
        cursor = connection.execute(sql)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def edge(number: int, operation: str, operand: str | None = None, **more: object) -> dict:
    return {
        "edge_id": f"E{number}", "kind": "identity", "parent_goal_id": "G", "child_goal_id": f"G{number}",
        "parent_metric_id": "whole", "parent_subject_type": "company", "parent_subject_id": "C",
        "child_metric_id": f"part_{number}", "child_subject_type": "team", "child_subject_id": f"T{number}",
        "operation": operation, "operand": operand, "tolerance_share": Decimal("0.000001"),
        "valid_from": date(2026, 1, 1), "valid_to": date(2027, 1, 1), **more,
    }  # fmt: skip


def figure(metric: str, subject: str, value: object, start: date = MAY[0], end: date = MAY[1]) -> dict:
    kind = "company" if subject == "C" else "team"
    return {
        "metric_id": metric, "subject_type": kind, "subject_id": subject, "period_grain": "month",
        "period_start": start, "period_end": end, "value": value,
    }  # fmt: skip


def reconciled(edges: list[dict], whole: object, parts: dict[int, object]) -> list[dict]:
    values = [figure("whole", "C", whole), *(figure(f"part_{n}", f"T{n}", v) for n, v in parts.items())]
    periods = [{"period_grain": "month", "period_start": MAY[0], "period_end": MAY[1], "is_complete": True}]
    return answers(RECONCILIATION, edges, values, periods)


@pytest.mark.parametrize(
    ("edges", "whole", "parts", "composed", "state"),
    [
        ([edge(1, "sum"), edge(2, "sum")], 100, {1: 60, 2: 40}, 100, "reconciles"),
        ([edge(1, "sum"), edge(2, "sum")], 100, {1: 60, 2: 39}, 99, "differs"),
        ([edge(1, "product"), edge(2, "product")], 1260, {1: 30, 2: 42}, 1260, "reconciles"),
        ([edge(1, "ratio", "numerator"), edge(2, "ratio", "denominator")], Decimal("0.75"), {1: 9, 2: 12},
         Decimal("0.75"), "reconciles"),
        ([edge(1, "ratio", "numerator"), edge(2, "ratio", "denominator")], 1, {1: 9, 2: 0}, None,
         "incomplete"),
        ([edge(1, "difference", "minuend"), edge(2, "difference", "subtrahend")], 70, {1: 100, 2: 30}, 70,
         "reconciles"),
        ([edge(1, "sum"), edge(2, "sum")], 60, {1: 60, 2: None}, None, "incomplete"),
        ([edge(1, "sum"), edge(2, "sum")], None, {1: 60, 2: 40}, 100, "no_data"),
    ],
)  # fmt: skip
def test_what_the_children_come_to(
    edges: list[dict], whole: object, parts: dict, composed: object, state: str
) -> None:
    [row] = reconciled(edges, whole, parts)
    assert (row["composed_value"], row["state"]) == (composed, state)
    assert row["reconciles"] is {"reconciles": True, "differs": False}.get(state)
    assert row["children_missing"] == sum(value is None for value in parts.values())


@pytest.mark.parametrize(("share", "holds"), [("0.009999", False), ("0.01", True), ("0.02", True)])
def test_tolerance_is_a_share_of_the_figure_above(share: str, holds: bool) -> None:
    edges = [edge(number, "sum", tolerance_share=Decimal(share)) for number in (1, 2)]
    [row] = reconciled(edges, 1000, {1: 600, 2: 390})
    assert (row["difference"], row["difference_share"], row["reconciles"]) == (10, Decimal("0.01"), holds)
    assert row["tolerance"] == 1000 * Decimal(share)


def test_child_that_joins_within_the_period_makes_no_identity_of_it() -> None:
    late = edge(2, "sum", valid_from=date(2026, 5, 10))
    assert reconciled([edge(1, "sum"), late], 100, {1: 60, 2: 40}) == []
    later = edge(2, "sum", valid_from=date(2026, 6, 1))
    [row] = reconciled([edge(1, "sum"), later], 60, {1: 60, 2: 40})
    assert (row["children"], row["state"]) == (1, "reconciles")


amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2)


@settings(max_examples=25, deadline=None)
@given(st.lists(amounts, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_any_parts_make_up_their_sum_in_any_order(parts: list[Decimal], order: random.Random) -> None:
    edges = [edge(number, "sum") for number in range(len(parts))]
    order.shuffle(edges)
    [row] = reconciled(edges, sum(parts), dict(enumerate(parts)))
    assert (row["difference"], row["state"]) == (0, "reconciles")
    [row] = reconciled(edges, sum(parts) + 10**6 + abs(sum(parts)), dict(enumerate(parts)))
    assert row["state"] == "differs"


@settings(max_examples=25, deadline=None)
@given(amounts.filter(lambda a: abs(a) >= 1), st.decimals(min_value="0.5", max_value=10**6, places=2))
def test_ratio_and_product_undo_each_other(numerator: Decimal, denominator: Decimal) -> None:
    parts = {1: numerator, 2: denominator}
    sides = [edge(1, "ratio", "numerator"), edge(2, "ratio", "denominator")]
    [ratio] = reconciled(sides, numerator / denominator, parts)
    assert ratio["state"] == "reconciles"
    factors = [edge(1, "product"), edge(2, "product")]
    [product] = reconciled(factors, numerator, {1: ratio["composed_value"], 2: denominator})
    # The ratio is rounded to ten decimals, and the product is taken in doubles.
    rounding = denominator * Decimal("1e-10") + abs(numerator) * Decimal("1e-14")
    assert abs(product["difference"]) <= rounding + Decimal("1e-10")


def test_last_decimal_of_a_small_figure_is_no_difference() -> None:
    whole = Decimal("0.0000012708")
    [row] = reconciled([edge(1, "sum"), edge(2, "sum")], whole, {1: whole, 2: Decimal("0.0000000001")})
    assert (row["tolerance"], row["state"]) == (Decimal("1e-10"), "reconciles")
    [row] = reconciled([edge(1, "sum"), edge(2, "sum")], whole, {1: whole, 2: Decimal("0.0000000002")})
    assert row["state"] == "differs"


def influence(above: list[object], below: list[object], sign: str | None = "positive") -> dict[int, dict]:
    starts = [date(2024 + month // 12, month % 12 + 1, 1) for month in range(len(above) + 1)]
    periods = [
        {"period_grain": "month", "period_start": start, "period_end": end, "is_complete": True}
        for start, end in pairwise(starts)
    ]
    values = [
        figure(metric, subject, value, start, end)
        for metric, subject, series in (("whole", "C", above), ("part_1", "T1", below))
        for (start, end), value in zip(pairwise(starts), series, strict=True)
    ]
    tie = edge(1, "sum", kind="influence", expected_sign=sign)
    return {row["lag_months"]: row for row in answers(INFLUENCE, [tie], values, periods)}


def test_interval_worked_by_hand() -> None:
    """r = 0.6 over 12 months: z = 0.6931, 1.96 / sqrt(9) = 0.6533, so from tanh(0.0398) to tanh(1.3465)."""
    below = [Decimal(value) for value in (1, -1) * 6]
    noise = [Decimal(value) for value in (1, 1, -1, -1) * 3]
    # `noise` is orthogonal to `below`, so that the correlation is 3 / sqrt(3² + 4²).
    above = [3 * b + 4 * n for b, n in zip(below, noise, strict=True)]
    row = influence(above, below)[0]
    assert (row["n"], row["correlation"]) == (12, Decimal("0.6"))
    assert row["correlation_low"] == Decimal(str(round(math.tanh(math.log(2) - 1.959964 / 3), 6)))
    assert (row["correlation_low"], row["correlation_high"]) == (Decimal("0.039805"), Decimal("0.873217"))
    assert row["assessment"] == "as_expected"


def test_seven_months_say_nothing_and_a_lag_costs_one() -> None:
    rows = influence(list(range(8)), list(range(8)))
    assert (rows[0]["n"], rows[0]["correlation"], rows[0]["assessment"]) == (8, 1, "as_expected")
    assert (rows[1]["n"], rows[1]["correlation"], rows[1]["assessment"]) == (7, None, "too_few")


@pytest.mark.parametrize(
    ("above", "sign", "assessment"),
    [
        (list(range(12)), "negative", "contrary"),
        (list(range(12)), None, "no_expectation"),
        ([5] * 12, "positive", "constant"),
        ([1, 2, 1, 2, 2, 1, 2, 1, 1, 2, 1, 2], "positive", "unclear"),
    ],
)
def test_assessments(above: list[object], sign: str | None, assessment: str) -> None:
    assert influence(above, list(range(12)), sign)[0]["assessment"] == assessment


def test_lag_sets_the_month_before_beside_the_month() -> None:
    below = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]
    rows = influence([0, *below[:-1]], below)
    assert rows[1]["correlation"] == 1
    assert rows[0]["correlation"] < 1


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(-99, 99), st.integers(-99, 99)), min_size=9, max_size=20))
def test_interval_holds_the_correlation(pairs: list[tuple[int, int]]) -> None:
    row = influence([above for above, _ in pairs], [below for _, below in pairs])[0]
    if row["correlation"] is not None:
        assert -1 <= row["correlation_low"] <= row["correlation"] <= row["correlation_high"] <= 1
