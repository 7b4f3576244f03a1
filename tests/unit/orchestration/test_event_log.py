"""Dagster's event log keeps what Dagster's own keeps, in the same files."""

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.event_log import OPEN_SHARDS, PooledSqliteEventLogStorage
from orchestration.home import Home
from orchestration.instance import open_instance


@dg.asset(check_specs=[dg.AssetCheckSpec("full", asset="counted")])
def counted() -> dg.MaterializeResult:
    return dg.MaterializeResult(
        metadata={"dagster/row_count": 3}, check_results=[dg.AssetCheckResult(check_name="full", passed=True)]
    )


@pytest.fixture
def instance(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", "")
    with open_instance(Home(tmp_path)) as opened:
        yield opened


def test_the_instance_uses_it_and_reports_nothing_home(instance):
    assert isinstance(instance.event_log_storage, PooledSqliteEventLogStorage)
    assert not instance.telemetry_enabled


def test_a_run_can_be_read_back_by_dagsters_own_storage(instance, tmp_path):
    result = dg.materialize([counted], instance=instance)
    assert result.success
    base = str(tmp_path / "dagster" / "history" / "runs")
    own = SqliteEventLogStorage(base)
    kinds = [entry.dagster_event_type for entry in own.get_logs_for_run(result.run_id)]
    ours = [entry.dagster_event_type for entry in instance.all_logs(result.run_id)]
    assert kinds == ours
    assert {dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.RUN_SUCCESS} <= set(kinds)
    materialization = instance.get_latest_materialization_event(dg.AssetKey("counted")).asset_materialization
    assert materialization.metadata["dagster/row_count"].value == 3


def test_connections_to_old_runs_are_let_go(instance):
    for _ in range(OPEN_SHARDS + 2):
        dg.materialize([counted], instance=instance)
    assert len(instance.event_log_storage._engines) <= OPEN_SHARDS
