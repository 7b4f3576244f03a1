"""Why somebody has a metric, over a small published night: with all marts, and without "
"what is not kept."""

from datetime import date
from types import SimpleNamespace

import duckdb
import pytest

from publishing.reader import PublishedNight, UnknownNameError
from publishing.why import why

TABLES = {
    "run_info": "SELECT 'CNY' AS currency",
    "dim_employee": "SELECT unnest(['E1', 'E2']) AS employee_id",
    "dim_position":
    "SELECT 'P1' AS position_id, 'Seller' AS title, '销售' AS title_zh, true AS is_current, "
    "DATE '2025-01-01' AS valid_from",
    "dim_org_unit":
    "SELECT 'U1' AS org_unit_id, 'team' AS subject_type, 'Sales' AS name, '销售组' AS name_zh, "
    "true AS is_current, DATE '2025-01-01' AS valid_from",
    "dim_metric":
    "SELECT metric_id, metric_id AS label, '名' AS name_zh, 'D' AS description, '定' AS definition_zh, "
    "'F' AS formula_text, 'count' AS unit_kind, NULL AS unit, 'up' AS direction, '1.0' AS "
    "version, 'ok' AS state "
    "FROM (SELECT unnest(['m1', 'm2']) AS metric_id)",
    "dim_goal": "SELECT goal_id, 'Title ' || goal_id AS title, '题' AS title_zh, 'H' AS hypothesis, "
    "'设' AS hypothesis_zh, '2026' AS cycle, DATE '2026-01-01' AS period_start_on "
    "FROM (SELECT unnest(['G1', 'G2', 'G3']) AS goal_id)",
    "mart_cascade_edge":
    "SELECT * FROM (VALUES ('E1', 'identity', 'G1', 'G2', 'Because.', '因。', 0.4, NULL, true), "
    "('E2', 'influence', 'G1', 'G3', NULL, NULL, NULL, 'positive', true)) AS e (edge_id, "
    "kind, parent_goal_id, "
    "child_goal_id, rationale, rationale_zh, share, expected_sign, is_current)",
    "goal_path":
    "SELECT * FROM (VALUES ('G1 > G2', 1, 'm1', 'employee', 'E1'), ('G1 > G3', 1, 'm1', "
    "'employee', 'E1'), "
    "('G1 > G3', 1, 'm2', 'team', 'U1')) AS p (path, depth, metric_id, subject_type, subject_id)",
    "mart_carried_metric": "SELECT * FROM (VALUES "
    "('A1', 'm1', 'G2', 'owner', 40, 'U1', 'position', 'P1', 'employee', 'E1', 1, true, "
    "DATE '2026-02-01', true), "
    "('A1', 'm1', 'G2', 'owner', 40, 'U1', 'position', 'P1', 'position', 'P1', 1, false, "
    "DATE '2026-01-01', true), "
    "('A2', 'm1', 'G2', 'approver', NULL, 'U1', 'position', 'P9', 'position', 'P9', 1, "
    "false, NULL, true), "
    "('A3', 'm1', 'G3', 'collaborator', 10, 'U2', 'employee', 'E9', 'employee', 'E9', 1, "
    "false, NULL, true), "
    "('A4', 'm2', 'G3', 'owner', 10, NULL, 'employee', 'E1', 'employee', 'E1', 1, false, "
    "NULL, false)) AS c "
    "(assignment_id, metric_id, goal_id, role, weight, scope_org_unit_id, assigned_type, "
    "assigned_id, subject_type, "
    "subject_id, share, is_resolved, valid_from, is_current)",
}  # fmt: skip
KEPT = {
    "mart_attainment":
    "SELECT 'm1' AS metric_id, 'employee' AS subject_type, 'E1' AS subject_id, grain AS period_grain, "
    "start AS period_start, 'T-' || grain || month(start) AS target_id FROM (VALUES "
    "('quarter', DATE '2026-01-01'), "
    "('quarter', DATE '2026-04-01'), ('quarter', DATE '2026-07-01'), ('year', DATE "
    "'2026-01-01')) AS p (grain, start)",
    "mart_target_cascade":
    "SELECT * FROM (VALUES ('T-quarter4', 'set', 'capacity', 'T0', 100, 0.25, 'employee', 'E1'), "
    "('T-quarter4', 'set', 'capacity', 'T1', 100, 0.5, 'employee', 'E1'), "
    "('T1', 'set', NULL, NULL, NULL, NULL, 'position', 'P2'), "
    "('T0', 'set', NULL, NULL, NULL, NULL, 'team', 'U1')) AS t (target_id, origin, "
    "allocation_method, parent_target_id, "
    "parent_target, share_of_parent, subject_type, subject_id)",
    "mart_responsibility_matrix":
    "SELECT 'A1' AS assignment_id, 'employee' AS carrier_type, 'E1' AS carrier_id, "
    "'acknowledged' AS acknowledgement, '1.0' AS acknowledged_version, DATE '2026-02-03' "
    "AS acknowledged_on",
}  # fmt: skip


def night(tables: dict[str, str]) -> PublishedNight:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA marts")
    for name, query in tables.items():
        connection.execute(f"CREATE TABLE marts.{name} AS {query}")
    return PublishedNight(connection, SimpleNamespace(as_of="2026-06-30", run_id="R"))


def test_person_with_everything_kept() -> None:
    answer = why(night({**TABLES, **KEPT}), "employee", "E1")
    assert (answer["name"], answer["name_zh"]) == ("Seller", "销售")
    [metric] = answer["metrics"]
    [carried] = metric["carried"]
    assert (carried["role"], carried["since"], carried["acknowledged_on"]) == (
        "owner",
        date(2026, 2, 1),
        date(2026, 2, 3),
    )
    [path] = metric["paths"]
    assert [step["goal_id"] for step in path["steps"]] == ["G1", "G2"], "the goal that the assignment names"
    assert path["steps"][0]["edge"] is None
    assert (path["steps"][1]["edge"]["kind"], path["steps"][1]["edge"]["rationale_zh"]) == (
        "identity",
        "因。",
    )
    assert {(one["period_grain"], one["period_start"]) for one in metric["targets"]} == {
        ("quarter", date(2026, 4, 1)),
        ("year", date(2026, 1, 1)),
    }, "the newest that has begun"
    derived = {one["period_grain"]: one["derived_from"] for one in metric["targets"]}
    assert [one["parent_subject_id"] for one in derived["quarter"]] == ["P2", "U1"], "the greater part first"
    assert derived["year"] == []
    assert [(one["assigned_id"], one["role"]) for one in metric["others"]] == [("P9", "approver")]


def test_without_targets_and_acknowledgements_the_reasons_stand() -> None:
    [metric] = why(night(TABLES), "position", "P1")["metrics"]
    assert metric["targets"] == []
    assert "acknowledgement" not in metric["carried"][0]
    assert metric["currency"] == "CNY"


def test_unit_carries_what_measures_its_goals() -> None:
    answer = why(night(TABLES), "unit", "U1")
    assert (answer["subject_type"], answer["name_zh"]) == ("team", "销售组")
    [metric] = answer["metrics"]
    assert metric["metric_id"] == "m2"
    assert metric["carried"] == [
        {"metric_id": "m2", "goal_id": "G3", "role": "goal", "weight": None, "since": date(2026, 1, 1)}
    ]


def test_somebody_without_metrics_is_not_unknown() -> None:
    assert why(night(TABLES), "employee", "E2")["metrics"] == []
    with pytest.raises(UnknownNameError, match=r"never known the position 'P2'"):
        why(night(TABLES), "position", "P2")
