"""Nights that go wrong: a source refused, a domain's data broken, two at once."""

import json
import signal

import duckdb
import pytest

from ingestion.profile import load_profile
from ingestion.sample import append_day
from orchestration.home import PROJECT_ROOT

pytestmark = pytest.mark.slow


def states(warehouse, domain):
    """States of the metrics that rest on a domain, and of those that do not."""
    facts = [model.stem for model in (PROJECT_ROOT / "dbt_project/models/marts/core" / domain).glob("*.sql")]
    run = warehouse.home / "published" / warehouse.current
    with duckdb.connect(str(run / "goldthread.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "SELECT m.metric_id, m.state, bool_or(t.fact IN (SELECT unnest(?))) FROM marts.dim_metric AS m "
            "JOIN marts.metric_term AS t ON m.metric_id = t.metric_id GROUP BY ALL",
            [facts],
        ).fetchall()
    inside = {metric: state for metric, state, is_inside in rows if is_inside}
    outside = {metric: state for metric, state, is_inside in rows if not is_inside}
    return inside, outside


def ticket_exports(warehouse):
    profile = load_profile(warehouse.profile, {"GOLDTHREAD_HOME": str(warehouse.home)})
    for source, mapping in profile.tables()["ticketing.tickets"]:
        for pattern in mapping.path:
            yield from sorted(profile.source_root(source).glob(pattern))


def test_a_refused_source_leaves_its_domain_stale_and_the_others_fresh(warehouse, next_day):
    before = warehouse.manifest
    append_day(warehouse.exports, next_day)
    for export in ticket_exports(warehouse):
        export.write_bytes(export.read_bytes()[:100])  # in the middle of the header
    code, events, _ = warehouse.refresh("--as-of", str(next_day))
    assert code == 1
    refused = [event for event in events if event["event"] == "file_refused"]
    assert {event["table"].split(".")[0] for event in refused} == {"ticketing"}
    manifest = warehouse.manifest
    assert manifest.run_id != before.run_id
    assert set(manifest.held_domains) == {"ticketing"}
    inside, outside = states(warehouse, "ticketing")
    assert set(inside.values()) == {"stale"}
    assert "stale" not in outside.values()
    old_loads, new_loads = set(before.load_ids), set(manifest.load_ids)
    gained = {load["table"].split(".")[0] for load in manifest.loads if load["load_id"] not in old_loads}
    assert old_loads < new_loads
    assert "ticketing" not in gained
    assert {"hr", "sales"} <= gained


def test_broken_rows_of_one_domain_do_not_stop_the_others(warehouse, next_day):
    """The landed Parquet of the tickets cannot be read any more: their models fail, and are carried."""
    append_day(warehouse.exports, next_day)
    for landed in (warehouse.home / "landing" / "ticketing" / "tickets").glob("load=*/rows.parquet"):
        content = bytearray(landed.read_bytes())
        content[100 : len(content) // 2] = bytes(len(content) // 2 - 100)
        landed.write_bytes(content)
    before = warehouse.manifest
    code, events, errors = warehouse.refresh("--as-of", str(next_day))
    assert code == 1, errors
    held = [event for event in events if event["event"] == "domain_held"]
    assert [event["domain"] for event in held] == ["ticketing"]
    manifest = warehouse.manifest
    carried = {name: mart for name, mart in manifest.marts.items() if mart["carried_from"]}
    assert "mart_reference_gap" in carried, "it reads every table, so it cannot be built"
    assert {"metric_value", "dim_metric", "goal_path"}.isdisjoint(carried)
    for name, mart in carried.items():
        assert mart["carried_from"] == before.run_id
        assert mart["sha256"] == before.marts[name]["sha256"]
    inside, outside = states(warehouse, "ticketing")
    assert set(inside.values()) == {"stale"}
    assert "stale" not in outside.values()


def test_a_night_whose_people_cannot_be_read_publishes_nothing(warehouse):
    """What every domain rests on fails: the night fails, says so in one message, and the last one stays."""
    good = warehouse.current
    for landed in (warehouse.home / "landing" / "hr" / "org_units").glob("load=*/rows.parquet"):
        content = bytearray(landed.read_bytes())
        content[100 : len(content) // 2] = bytes(len(content) // 2 - 100)
        landed.write_bytes(content)
    code, events, errors = warehouse.refresh()
    assert code == 3
    assert "Traceback" not in errors
    assert events[-1]["status"] == "failed"
    assert warehouse.current == good


def test_a_second_night_is_refused_and_told_who_runs(warehouse):
    first = warehouse.start("refresh", "--profile", str(warehouse.profile), "--json")
    try:
        started = json.loads(first.stdout.readline())
        assert started["event"] == "night_started"
        second = warehouse.run("refresh", "--profile", str(warehouse.profile))
        assert second.returncode == 3
        assert started["run_id"] in second.errors
        assert str(first.pid) in second.errors
        assert "Traceback" not in second.errors
    finally:
        first.send_signal(signal.SIGKILL)
        first.communicate()
