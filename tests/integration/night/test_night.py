"""A whole night over a small company: what it publishes, and that it publishes the same again."""

import json

import duckdb
import pytest

from publishing.manifest import manifest_sha256, verify

pytestmark = pytest.mark.slow

PUBLISHED = {
    "metric_value",
    "dim_metric",
    "dim_goal",
    "dim_org_unit",
    "dim_position",
    "dim_employee",
    "dim_period",
    "goal_path",
    "lineage_edge",
    "definition_finding",
    "load_reconciliation",
    "run_info",
}


def hashes(manifest):
    return {name: mart["sha256"] for name, mart in manifest.marts.items() if name != "run_info"}


def test_the_promised_marts_are_published_and_are_what_the_manifest_says(published):
    manifest = published.manifest
    assert set(manifest.marts) >= PUBLISHED
    assert verify(published.home / "published", manifest.run_id) == []
    assert manifest.marts["metric_value"]["rows"] > 0
    assert manifest.marts["run_info"]["rows"] == 1
    assert manifest.previous_run_id is None


def test_every_row_that_was_read_is_accounted_for(published):
    loads = published.manifest.loads
    assert loads
    for load in loads:
        assert load["rows_read"] == load["rows_landed"] + load["rows_quarantined"] + load["rows_duplicate"]
    assert any(load["rows_quarantined"] for load in loads), "the sample company has bad rows"


def test_all_three_kinds_of_checks_ran(published):
    checks = published.manifest.checks
    assert {layer for layer, results in checks.items() if results} == {
        "definition_rules",
        "dbt_tests",
        "expectations",
    }
    assert {one["layer"] for one in checks["expectations"]} == {"landed", "marts"}
    assert [one["name"] for one in checks["expectations"] if one["status"] == "error"] == []


def test_broken_definitions_are_held_out_and_the_others_are_published(published):
    states = published.manifest.metric_states
    broken = {name for name, state in states.items() if state == "error"}
    assert {name for name in states if name.startswith("exhibit_")} >= broken > set()
    assert sum(state == "ok" for state in states.values()) >= 24


def test_a_second_night_over_the_same_inputs_publishes_the_same_bytes(warehouse):
    before = warehouse.manifest
    code, events, errors = warehouse.refresh()
    assert code == 0, errors
    after = warehouse.manifest
    assert hashes(after) == hashes(before)
    assert after.run_id != before.run_id
    assert {name: one["version"] for name, one in after.definitions.items()} == {
        name: one["version"] for name, one in before.definitions.items()
    }
    assert after.previous_run_id == before.run_id
    assert after.previous_manifest_sha256 == manifest_sha256(warehouse.home / "published" / before.run_id)
    assert [event for event in events if event["event"] == "file_landed"] == []
    assert events[-1]["files_known"] > 0


def test_a_figure_can_be_asked_for_and_traced(published):
    def ask(*arguments):
        done = published.run(*arguments, "--json")
        assert done.returncode == 0, done.errors
        return json.loads(done.output)

    run_id = published.current
    metrics = {row["metric_id"] for row in ask("list", "metrics")}
    assert {"revenue", "headcount", "first_contact_resolution"} <= metrics
    assert ask("show", "revenue")["terms"]
    figure = ask("value", "revenue", "--period", "2026-05")[0]
    assert (figure["run_id"], figure["as_of"]) == (run_id, "2026-06-30")
    with duckdb.connect(
        str(published.home / "published" / run_id / "goldthread.duckdb"), read_only=True
    ) as connection:
        stored = connection.execute(
            "SELECT CAST(value AS VARCHAR) FROM marts.metric_value WHERE metric_id = 'revenue' "
            "AND subject_type = 'company' AND period_grain = 'month' AND period_start = DATE '2026-05-01'"
        ).fetchone()
    assert figure["value"] == stored[0]
    lineage = ask("trace", "revenue")
    assert lineage["up"], "revenue serves no goal"
    assert any(edge["to_type"] == "file" for edge in lineage["down"]), "revenue comes from no file"
    assert [run["is_current"] for run in ask("list", "runs")] == [True]
    assert ask("list", "loads")
    assert ask("list", "goals")
    assert ask("audit") == {"run_id": run_id, "differences": []}


def test_a_version_beside_itself_has_moved_nothing(published):
    version = json.loads(published.run("show", "revenue", "--json").output)["version"]
    done = published.run("diff", "revenue", version, version, "--impact", "--json")
    assert done.returncode == 0, done.errors
    impact = json.loads(done.output)
    assert impact["differences"] == []
    assert impact["before"] == impact["after"]
    assert {"company", "employee"} <= {row["subject_type"] for row in impact["figures"]}
    assert all(row["same"] for row in impact["figures"])
    assert not any(row[moved] for row in impact["figures"] for moved in ("different", "gone", "new"))
    assert impact["rests_on_it"]["goals"], "revenue serves no goal"
    text = published.run("diff", "revenue", version, version, "--impact").output
    for goal in impact["rests_on_it"]["goals"]:
        assert goal["title"] in text


def test_an_unknown_name_gets_a_suggestion(published):
    done = published.run("value", "revenu")
    assert done.returncode == 2
    assert "revenue" in done.errors
    assert published.run("list", "metrics", "--run", "nothing").returncode == 2
    assert published.run("value", "revenue", "--subject", "employee:NOBODY").returncode == 2


def test_what_cannot_be_explained_is_one_message(published):
    for metric, base, period, said in (
        ("revenu", "2026-05", "2026-06", "Did you mean revenue"),
        ("revenue", "2026-05", "2026-Q2", "A month cannot be compared with a quarter"),
        ("revenue", "2019-05", "2026-06", "no figure for company in that period"),
    ):
        done = published.run("explain", metric, "--from", base, "--to", period)
        assert (done.returncode, done.output) == (2, "")
        assert said in done.errors
        assert len(done.errors.splitlines()) == 1
