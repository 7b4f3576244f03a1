"""Edges of the cascade: identities that cannot hold, signs against the directions, metrics out of reach."""

from __future__ import annotations

import pytest
from small_company import SmallCompany
from small_library import COUNT

from quality.rules.edge import edge_figures
from quality.rules.rule import Subject

HEADER = (
    "edge_id,parent_goal_id,child_goal_id,kind,share,expected_sign,rationale,parent_metric_id,child_metric_id,"
    "child_subject_type,operation,operand,tolerance\n"
)
INFLUENCE = "E1,G1,G2,influence,,{sign},Why.,revenue,{metric},,,,\nE2,G2,G3,influence,,,Why.,,,,,,\n"


def edges(company: SmallCompany, *lines: str) -> None:
    company.path("cascade_edges.csv").write_text(HEADER + "".join(f"{line}\n" for line in lines), "utf-8")


def identity(
    edge: str, child: str, metric: str, operation: str = "sum", *, operand: str = "", share: str = "",
    tolerance: str = "", kind: str = "", parent: str = "revenue",
) -> str:  # fmt: skip
    return (
        f"{edge},G1,{child},identity,{share},,Why.,{parent},{metric},{kind},{operation},{operand},{tolerance}"
    )


SOUND = [
    [identity("E1", "G2", "revenue", share="0.6"), identity("E2", "G3", "revenue", share="0.4")],
    [identity("E1", "G2", "revenue_per_fte", "product"), identity("E2", "G3", "average_fte", "product")],
    [
        identity("E1", "G2", "revenue", "ratio", operand="numerator", parent="revenue_per_fte"),
        identity("E2", "G3", "average_fte", "ratio", operand="denominator", parent="revenue_per_fte"),
    ],
    [
        identity("E1", "G2", "revenue", "difference", operand="minuend"),
        identity("E2", "G3", "revenue", "difference", operand="subtrahend", kind="department"),
    ],
]


@pytest.mark.parametrize("lines", SOUND, ids=["sum", "product", "ratio", "difference"])
def test_sound_identity_passes(company: SmallCompany, lines: list[str]) -> None:
    company.edit("goals.csv", "G3,key_result,execution", "G3,key_result,tactical")
    edges(company, *lines)
    assert [f for f in company.check().findings if f.rule_id.startswith("LIN")] == []


BROKEN = [
    ([identity("E1", "G2", "revenew"), identity("E2", "G3", "revenue")], {"E1": ["revenew"]}),
    (
        [identity("E1", "G2", "revenue", share="0.6"), identity("E2", "G3", "revenue", share="0.3")],
        {"E1": ["come to 0.9", "not to 1"]},
    ),
    (
        [identity("E1", "G2", "revenue", share="1"), identity("E2", "G3", "revenue")],
        {"E1": ["make up the whole"]},
    ),
    ([identity("E1", "G2", "revenue", "product")], {"E1": ["a second factor"]}),
    (
        [
            identity("E1", "G2", "revenue", "ratio", operand="numerator", parent="revenue_per_fte"),
            identity("E2", "G3", "average_fte", "ratio", operand="minuend", parent="revenue_per_fte"),
        ],
        {"E2": ["operand is minuend", "denominator or numerator"], "E1": ["lacks denominator"]},
    ),
    ([identity("E1", "G2", "revenue", operand="numerator")], {"E1": ["in a sum it is empty"]}),
    (
        [identity("E1", "G2", "revenue", tolerance="0.1"), identity("E2", "G3", "revenue", tolerance="0.2")],
        {"E1": ["different tolerances"]},
    ),
    ([identity("E1", "G2", "kept_rate", parent="kept_rate")], {"E1": ["the sum of ratios is no ratio"]}),
    ([identity("E1", "G2", "closing_fte")], {"E1": ["stated in", "yields count"]}),
    (
        [
            identity("E1", "G2", "revenue", "product"),
            identity("E2", "G3", "kept_rate", "product"),
            identity("E3", "G2", "closing_fte", "difference", operand="minuend"),
            identity("E4", "G3", "revenue", "difference", operand="subtrahend"),
        ],
        {"E3": ["adds or subtracts count and currency"]},
    ),
    ([identity("E1", "G2", "revenue", kind="reporting_line")], {"E1": ["no figures for a reporting_line"]}),
]


@pytest.mark.parametrize(("lines", "expected"), BROKEN)
def test_identity_that_cannot_hold(
    company: SmallCompany, lines: list[str], expected: dict[str, list[str]]
) -> None:
    company.edit("goals.csv", "G3,key_result,execution", "G3,key_result,tactical")
    edges(company, *lines)
    found = {f.object_id: f for f in company.check().findings if f.rule_id == "LIN-04"}
    assert set(found) == set(expected)
    for edge_id, words in expected.items():
        finding = found[edge_id]
        assert all(word in finding.message for word in words), finding.message
        assert finding.message_zh
        assert (finding.file.name, finding.line) == (
            "cascade_edges.csv",
            company.line("cascade_edges.csv", f"{edge_id},"),
        )


def test_edge_without_named_figures_ties_core_metrics_of_most_weight(company: SmallCompany) -> None:
    company.edit("goal_metrics.csv", "G1,revenue,100,core\n", "G1,average_fte,40,core\nG1,revenue,60,core\n")
    company.edit("goal_metrics.csv", "G1,average_fte,,monitor\n", "")
    rows = {"library.goal_metrics": _rows(company, "goal_metrics")}
    subject = _subject(company, rows)
    edge = {"parent_goal_id": "G1", "child_goal_id": "G3", "parent_metric_id": None, "child_metric_id": None}
    figures = edge_figures(subject)
    assert (figures.above(edge), figures.below(edge)) == ("revenue", "cancellation_rate")


@pytest.mark.parametrize(
    ("metric", "sign", "wrong"),
    [
        ("kept_rate", "positive", False),
        ("kept_rate", "negative", True),
        ("cancellation_rate", "negative", False),
        ("cancellation_rate", "positive", True),
        ("cancellation_rate", "", False),
        ("closing_fte", "negative", False),
    ],
)
def test_sign_follows_directions(company: SmallCompany, metric: str, sign: str, wrong: bool) -> None:
    way = {"closing_fte": "maintain", "cancellation_rate": "down"}.get(metric)
    if way:
        company.edit(f"{metric}.yml", "direction: up", f"direction: {way}")
    company.path("cascade_edges.csv").write_text(HEADER + INFLUENCE.format(metric=metric, sign=sign), "utf-8")
    found = [(f.object_id, f.file.name, f.line) for f in company.findings("LIN-07")]
    assert found == ([("E1", "cascade_edges.csv", 2)] if wrong else [])


def test_metric_out_of_reach_needs_a_lever(company: SmallCompany) -> None:
    company.edit("revenue.yml", "direction: up", "direction: up\n          controllability: low")
    assert company.findings("LIN-06") == [], "E1 says that the kept promises move it"
    company.edit("cascade_edges.csv", "E1,G1,G2,influence", "E1,G1,G2,support")
    finding = company.only("LIN-06")
    assert (finding.object_id, finding.file.name) == ("revenue", "metric_assignments.csv")
    assert finding.line == company.line("metric_assignments.csv", "A2,")
    company.edit("revenue.yml", "controllability: low", "controllability: medium")
    assert company.findings("LIN-06") == []


def test_an_added_unit_is_not_a_count(company: SmallCompany) -> None:
    """The unit of a ratio times its denominator is that of its numerator, in formulas as in the cascade."""
    company.add(
        "staffed_revenue",
        "    type: derived\n    type_params:\n      expr: per_head * heads\n      metrics:\n"
        "        - {name: revenue_per_fte, alias: per_head}\n        - {name: average_fte, alias: heads}\n",
        unit=COUNT,
    )
    company.append("goal_metrics.csv", "G1,staffed_revenue,,monitor")
    found = [f for f in company.check().findings if f.rule_id == "DEF-05"]
    assert [f.object_id for f in found] == ["staffed_revenue"]


def _rows(company: SmallCompany, table: str) -> list[dict]:
    from decimal import Decimal

    lines = company.path(f"{table}.csv").read_text("utf-8").splitlines()
    names = lines[0].split(",")
    rows = [dict(zip(names, line.split(","), strict=True)) for line in lines[1:]]
    return [{**row, "weight": Decimal(row["weight"]) if row["weight"] else None} for row in rows]


def _subject(company: SmallCompany, tables: dict[str, list[dict]]) -> Subject:
    class Given(Subject):
        def rows(self, table: str) -> list[dict]:
            return tables.get(table, [])

    return Given(company.load(), company.check().as_of)
