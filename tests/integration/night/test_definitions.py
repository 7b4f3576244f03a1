"""What Dagster shows of a company: assets, groups, owners, checks, the job, its schedule. Nothing is run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from orchestration.defs.landing import SOURCE_RETRIES
from orchestration.defs.nightly import build_definitions
from orchestration.home import PROJECT_ROOT, Home
from orchestration.instance import prepare_instance
from orchestration.night import default_as_of, load_setup, prepare_project
from orchestration.project import MANIFEST, staged_project_folder
from quality.rules import RULES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def setup(published):
    return load_setup(Home(published.home), published.profile)


@pytest.fixture(scope="module")
def definitions(setup):
    return build_definitions(setup, prepare_project(setup, default_as_of(setup.profile)))


@pytest.fixture(scope="module")
def graph(definitions):
    return definitions.resolve_asset_graph()


def key(path):
    return dg.AssetKey(path.split("/"))


def test_every_contract_is_an_asset_with_its_description_owner_and_columns(graph, setup):
    for table, contract in setup.contracts.items():
        node = graph.get(dg.AssetKey(["landing", *table.split(".")]))
        assert contract.grain in node.description
        assert list(node.owners) == [contract.owner]
        assert node.group_name == f"landing_{contract.domain}"
        assert [column.name for column in node.metadata["dagster/column_schema"].columns] == list(
            contract.columns
        )
        assert node.is_materializable == (table in setup.tables)


def test_the_groups_follow_the_data(graph):
    groups = {graph.get(one).group_name for one in graph.get_all_asset_keys()}
    domains = ("hr", "sales", "ticketing", "operations", "innovation", "finance", "library")
    landing = {f"landing_{domain}" for domain in domains}
    warehouse = {"staging", "intermediate", "core", "metrics", "marts"}
    assert groups == landing | warehouse | {"metric_library", "publication"}


def test_one_line_leads_from_a_landed_table_to_the_publication(graph):
    tickets = key("landing/ticketing/tickets")
    assert key("staging/stg_ticketing__tickets") in graph.get(tickets).child_keys
    assert key("metric_library") in graph.get(tickets).child_keys
    assert key("marts/dim_metric") in graph.get(key("metric_library")).child_keys
    assert key("marts/metric_value") in graph.get(key("publication")).parent_keys


def test_every_asset_that_is_refreshed_has_an_owner_and_a_freshness_policy(graph):
    lacking = [
        one.to_user_string()
        for one in graph.materializable_asset_keys
        if not graph.get(one).owners or graph.get(one).freshness_policy is None
    ]
    assert lacking == []


def test_contracts_rules_dbt_tests_and_expectations_are_checks(graph, setup):
    checks = {(one.asset_key.to_user_string(), one.name) for one in graph.asset_check_keys}
    assert {("metric_library", rule.rule_id.replace("-", "_")) for rule in RULES} <= checks
    for table in setup.tables:
        landed = f"landing/{table.replace('.', '/')}"
        assert {(landed, "contract"), (landed, "expectations")} <= checks
    assert ("marts/metric_value", "expectations") in checks


def test_every_dbt_test_is_a_check_of_an_asset(graph, setup):
    manifest = json.loads((staged_project_folder(setup.home) / MANIFEST).read_bytes())
    tests = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "test"}
    assert len(tests) > 40
    assert tests <= {one.name for one in graph.asset_check_keys}


def test_reading_a_source_is_tried_again_with_growing_pauses(definitions, setup):
    assert SOURCE_RETRIES.backoff is dg.Backoff.EXPONENTIAL
    job = definitions.resolve_job_def("nightly")
    steps = [node for node in job.nodes if node.name.startswith("land_")]
    assert len(steps) == len(setup.tables)
    assert {step.definition.retry_policy for step in steps} == {SOURCE_RETRIES}


def test_the_nightly_job_runs_everything_at_the_hour_of_the_profile(definitions, graph, setup):
    job = definitions.resolve_job_def("nightly")
    assert set(job.asset_layer.executable_asset_keys) == set(graph.materializable_asset_keys)
    (schedule,) = definitions.schedules
    assert schedule.job_name == "nightly"
    assert schedule.cron_schedule == setup.profile.schedule
    assert schedule.execution_timezone == setup.profile.time_zone


def test_dagsters_own_program_loads_them(warehouse, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", "")
    prepare_instance(Home(warehouse.home))
    done = subprocess.run(
        [
            Path(sys.executable).parent / "dagster",
            "definitions",
            "validate",
            "-m",
            "orchestration.definitions",
        ],
        cwd=PROJECT_ROOT,
        env=os.environ
        | {
            "GOLDTHREAD_HOME": str(warehouse.home),
            "GOLDTHREAD_PROFILE": str(warehouse.profile),
            "PYTHONPATH": str(PROJECT_ROOT),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
