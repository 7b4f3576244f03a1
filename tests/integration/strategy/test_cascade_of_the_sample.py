"""The cascade of the sample company in its figures: what ties out, what moves together, and why it "
"is carried."""

import math
import statistics
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from orchestration.why_text import why_text
from publishing.reader import UnknownNameError, open_night
from publishing.why import why
from tests.nights import Night

pytestmark = pytest.mark.slow

EAST = ("OU-TEAM-SALES-SHANGHAI", "OU-TEAM-SALES-HANGZHOU")
AS_OF = date(2026, 6, 30)


@pytest.fixture(scope="module")
def ask(sample_night: Night):
    """Answers of `why` over the published night."""

    def asked(kind: str, subject: str) -> dict:
        with open_night(sample_night.home / "published") as night:
            return {**why(night, kind, subject), "run_id": night.manifest.run_id}

    return asked


def test_sales_east_is_its_teams_but_for_the_orders_of_its_manager(sample_night: Night) -> None:
    departments = sample_night.figures("revenue", "department", "month")
    teams = sample_night.figures("revenue", "team", "month")
    rows = sample_night.rows(
        """
        select period_start, parent_value, composed_value, difference, state, tolerance_share
        from marts.mart_cascade_reconciliation
        where parent_goal_id = 'G-REVENUE-EAST' and period_grain = 'month' order by period_start
        """
    )
    assert [row[0] for row in rows] == [date(2026, month, 1) for month in range(1, 7)]
    for month, parent, composed, difference, state, share in rows:
        whole = departments["OU-DEP-SALES-EAST", month]
        parts = sum(teams[team, month] for team in EAST)
        assert (parent, composed, difference, share) == (whole, parts, whole - parts, Decimal("0.03"))
        assert state == ("reconciles" if abs(whole - parts) <= whole * share else "differs")
    assert [state for *_, state, _ in rows] == ["differs", *["reconciles"] * 5]


def test_revenue_is_orders_times_what_an_order_brings(sample_night: Night) -> None:
    states = sample_night.rows(
        "select state, count(*) from marts.mart_cascade_reconciliation where operation = 'product' group by 1"
    )
    assert states == [("reconciles", 9)]


def test_correlation_is_that_of_the_published_months(sample_night: Night) -> None:
    labour = sample_night.figures("labour_cost_share_of_revenue", "company", "month")
    profit = sample_night.figures("profit", "company", "month")
    keys = sorted(key for key in labour.keys() & profit.keys())
    r = statistics.correlation([float(labour[k]) for k in keys], [float(profit[k]) for k in keys])
    half = 1.959964 / math.sqrt(len(keys) - 3)
    [row] = sample_night.rows(
        """
        select n, correlation, correlation_low, correlation_high, assessment
        from marts.mart_influence where edge_id = 'E-PROFIT--COST' and lag_months = 0
        """
    )
    expected = [r, math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)]
    assert row[0] == len(keys) == 36
    assert [float(figure) for figure in row[1:4]] == pytest.approx(expected, abs=2e-6)
    assert row[4] == "as_expected"


def test_every_influence_is_judged_at_both_lags(sample_night: Night) -> None:
    rows = sample_night.rows("select lag_months, n, correlation, assessment from marts.mart_influence")
    edges = sample_night.rows("select count(*) from marts.mart_cascade_edge where kind = 'influence'")[0][0]
    assert Counter(lag for lag, *_ in rows) == {0: edges, 1: edges}
    assert all((correlation is None) == (n < 8) for _, n, correlation, _ in rows)
    assert {assessment for *_, assessment in rows} == {"as_expected", "contrary", "unclear", "too_few"}


def test_board_counts_the_targets_of_the_unit(sample_night: Night) -> None:
    [row] = sample_night.rows(
        """
        select
            targets, attained, on_track + at_risk + off_track + without_figure,
            reviews_planned, reviews_missed
        from marts.mart_execution_board
        where org_unit_id = 'OU-DIV-SALES' and period_grain = 'quarter' and period_start = date '2026-04-01'
        """
    )
    attained = [
        attainment
        for (attainment,) in sample_night.rows(
            """
            select attainment from marts.mart_attainment
            where subject_id = 'OU-DIV-SALES' and target_id is not null and period_grain = 'quarter'
                and period_start = date '2026-04-01'
            """
        )
    ]
    reached = sum(one is not None and one >= 1 for one in attained)
    assert row == (len(attained), reached, len(attained), 3, 1)


def test_board_has_each_current_unit_and_period_once(sample_night: Night) -> None:
    units, rows = sample_night.rows(
        """
        select count(*) from marts.dim_org_unit where is_current
        union all
        select count(*) from marts.mart_execution_board
        where period_grain = 'month' and period_start = date '2026-06-01'
        """
    )
    assert units == rows
    overdue = sample_night.rows(
        """
        select org_unit_id, actions_overdue from marts.mart_execution_board
        where period_grain = 'month' and period_start = date '2026-06-01' and actions_overdue > 0 order by 1
        """
    )
    assert overdue == [("OU-DEP-SOFTWARE", 1), ("OU-TEAM-HOTLINE-A", 1)]


def test_bottom_up_acceptance_by_half_year(sample_night: Night) -> None:
    assert sample_night.rows(
        """
        select distinct half_year_on, proposals_from_below_decided, proposals_from_below_accepted,
            bottom_up_acceptance
        from marts.mart_goal_proposal order by 1
        """
    ) == [
        (date(2025, 7, 1), 2, 2, Decimal(1)),
        (date(2026, 1, 1), 3, 2, Decimal("0.666667")),
    ]


def test_why_a_seller_has_revenue(ask) -> None:
    answer = ask("employee", "E000200")
    [revenue] = [metric for metric in answer["metrics"] if metric["metric_id"] == "revenue"]
    assert [step["goal_id"] for step in revenue["paths"][0]["steps"]] == [
        "G-PROFIT",
        "G-GROWTH",
        "G-REVENUE-EAST",
        "G-REVENUE-SHANGHAI",
    ]
    assert revenue["paths"][0]["steps"][2]["edge"]["share"] == Decimal("0.38")
    reasons = [step["edge"] for step in revenue["paths"][0]["steps"][1:]]
    assert all(edge["rationale"] and edge["rationale_zh"] for edge in reasons)
    quarter = next(one for one in revenue["targets"] if one["period_grain"] == "quarter")
    assert (quarter["period_start"], quarter["target_id"] is not None) == (date(2026, 4, 1), True)
    assert ("owner", "POS-SALES-LEAD-SHANGHAI") in {(o["role"], o["assigned_id"]) for o in revenue["others"]}
    english, chinese = why_text(answer, "en"), why_text(answer, "zh")
    assert "G-REVENUE-SHANGHAI: Revenue of Sales Shanghai (makes it up, 54.0 % of it)" in english
    assert "G-REVENUE-SHANGHAI: 上海销售组收入 (构成上级, 占 54.0 %)" in chinese
    assert len(english.splitlines()) == len(chinese.splitlines())


@pytest.mark.parametrize(
    ("kind", "subject", "metric"),
    [
        ("position", "POS-SERVICE-MANAGER", "first_contact_resolution"),
        ("unit", "OU-DIV-SERVICE", "csat"),
        ("unit", "OU-CO", "profit"),
    ],
)
def test_why_a_position_or_unit_has_a_metric(ask, kind: str, subject: str, metric: str) -> None:
    answer = ask(kind, subject)
    [found] = [one for one in answer["metrics"] if one["metric_id"] == metric]
    assert found["paths"]
    assert found["carried"]
    assert found["version"]


def test_every_metric_that_anybody_carries_has_a_reason(sample_night: Night) -> None:
    """Owners and collaborators of tonight each have a path of goals to what they carry."""
    assert (
        sample_night.rows(
            """
            select c.metric_id, c.subject_type, c.subject_id from marts.mart_carried_metric as c
            anti join marts.goal_path as p using (metric_id, subject_type, subject_id)
            where c.is_current and c.role in ('owner', 'collaborator')
            """
        )
        == []
    )


def test_unknown_subject_is_refused_with_the_nearest(ask) -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean .*OU-DIV-SALES"):
        ask("unit", "OU-DIV-SALE")
