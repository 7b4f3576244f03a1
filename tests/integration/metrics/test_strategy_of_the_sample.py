"""The sample strategy library ties out: shares, weights, targets, owners, paths to strategic goals."""

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from metric_library.library import load_library
from quality.rules.rule import ENDED_STATUSES

PROJECT = Path(__file__).parents[3]
STRATEGY = PROJECT / "profiles" / "sample" / "strategy"
AS_OF = "2026-06-30"
REVENUE_CHILDREN = {
    "OU-CO": ["OU-DIV-SALES"],
    "OU-DIV-SALES": [
        "OU-DEP-SALES-EAST",
        "OU-DEP-SALES-SOUTH",
        "OU-DEP-SALES-NORTH",
        "OU-DEP-SALES-KEY",
    ],
    "OU-DEP-SALES-EAST": ["OU-TEAM-SALES-SHANGHAI", "OU-TEAM-SALES-HANGZHOU"],
    "OU-DEP-SALES-SOUTH": ["OU-TEAM-SALES-SHENZHEN", "OU-TEAM-SALES-GUANGZHOU"],
    "OU-DEP-SALES-NORTH": ["OU-TEAM-SALES-BEIJING"],
}


def rows(table: str) -> list[dict[str, str]]:
    with (STRATEGY / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def targets() -> dict[tuple[str, str, str, str], Decimal]:
    """The newest revision of every target, by metric, subject, grain and start."""
    newest = sorted(rows("targets"), key=lambda row: int(row["revision"]))
    return {
        (row["metric_id"], row["subject_id"], row["period_grain"], row["period_start_on"]): Decimal(
            row["target"]
        )
        for row in newest
    }


def metrics_in_use() -> set[str]:
    """Metrics of the library whose definition is not a mere draft or counter-example."""
    metrics = load_library(PROJECT / "dbt_project").metrics
    return {name for name, m in metrics.items() if m.kpi and m.kpi.status not in ENDED_STATUSES}


def goals_reached() -> set[str]:
    """Strategic goals and every goal below one of them."""
    children = defaultdict(list)
    for edge in rows("cascade_edges"):
        children[edge["parent_goal_id"]].append(edge["child_goal_id"])
    frontier = [goal["goal_id"] for goal in rows("goals") if goal["kind"] == "strategic"]
    found: set[str] = set()
    while frontier:
        goal = frontier.pop()
        found.add(goal)
        frontier += children[goal]
    return found


def test_every_metric_of_the_library_has_a_path_to_a_strategic_goal():
    reached = goals_reached()
    assert {goal["goal_id"] for goal in rows("goals")} == reached
    measured = {row["metric_id"] for row in rows("goal_metrics") if row["goal_id"] in reached}
    assert measured == metrics_in_use()


def test_every_edge_says_why_in_both_languages():
    assert [
        edge["edge_id"] for edge in rows("cascade_edges") if not edge["rationale"] or not edge["rationale_zh"]
    ] == []


def test_identity_shares_are_exhaustive():
    shares: dict[str, Decimal] = defaultdict(Decimal)
    for edge in rows("cascade_edges"):
        if edge["operation"] == "sum":
            shares[edge["parent_goal_id"]] += Decimal(edge["share"])
    assert len(shares) == 4
    assert set(shares.values()) == {Decimal(1)}


def test_core_weights_of_a_goal_sum_to_a_hundred():
    weights: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows("goal_metrics"):
        if row["score_role"] == "core":
            weights[row["goal_id"]] += Decimal(row["weight"])
    assert set(weights.values()) == {Decimal(100)}
    assert weights.keys() == {goal["goal_id"] for goal in rows("goals")}


def test_a_metric_has_exactly_one_owner_in_a_scope():
    owners: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows("metric_assignments"):
        if (
            row["role"] == "owner"
            and row["valid_from"] <= AS_OF
            and (not row["valid_to"] or row["valid_to"] > AS_OF)
        ):
            owners[row["metric_id"], row["scope_org_unit_id"]].append(row["subject_id"])
    assert {scope: held for scope, held in owners.items() if len(held) > 1} == {}
    assert {metric for metric, scope in owners if not scope} == metrics_in_use()


def test_months_and_quarters_of_an_amount_sum_to_the_year(targets: dict[tuple[str, str, str, str], Decimal]):
    yearly = {
        key: value for key, value in targets.items() if key[0] in ("revenue", "gross_margin", "won_deals")
    }
    years = {
        (metric, subject): value for (metric, subject, grain, _), value in yearly.items() if grain == "year"
    }
    assert len(years) >= 15
    for (metric, subject), year in years.items():
        for grain, count in (("quarter", 4), ("month", 12)):
            parts = [v for (m, s, g, _), v in yearly.items() if (m, s, g) == (metric, subject, grain)]
            assert not parts or (len(parts), sum(parts)) == (count, year), (metric, subject, grain)


@pytest.mark.parametrize("parent", sorted(REVENUE_CHILDREN))
def test_the_units_below_carry_the_whole_revenue_target(
    targets: dict[tuple[str, str, str, str], Decimal], parent: str
):
    start = date(2026, 1, 1).isoformat()
    below = [targets["revenue", child, "year", start] for child in REVENUE_CHILDREN[parent]]
    assert sum(below) == targets["revenue", parent, "year", start]
