"""One build of the warehouse project over the small company, shared by every test here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.contract import load_contracts
from metric_library.compile import FORMULA_MODEL, DomainState, component_models
from metric_library.slice_models import slice_models
from orchestration.dbt_stage import stage_dbt_project
from orchestration.warehouse import prepare_warehouse
from tests.integration.warehouse.company import AS_OF, TIME_ZONE, rows
from tests.integration.warehouse.landing_fixture import WrittenLanding, empty_library

OWN_MODELS = ["staging", "intermediate", "marts.core", "marts.governance"]


def build(home: Path, loads: dict[str, list[list[dict[str, Any]]]]) -> Path:
    """Land the loads, run `dbt build` on the core of the project, and return the warehouse file."""
    contracts = load_contracts()
    landing = WrittenLanding(home, contracts)
    for table, written in loads.items():
        for load in written:
            landing.write(table, load)
    compiled, context = empty_library(landing, AS_OF, TIME_ZONE)
    compiled.sql_models.update(component_models([], DomainState()))
    compiled.sql_models.update(slice_models({}, DomainState(), vars))
    compiled.sql_models[str(FORMULA_MODEL)] = "{{ formula_values([]) }}\n"
    warehouse = home / "dbt" / "warehouse.duckdb"
    prepare_warehouse(warehouse, landing, contracts, compiled, context)
    project = stage_dbt_project(home, contracts, compiled)
    run_dbt(warehouse, project, "build", "--select", *OWN_MODELS)
    return warehouse


def run_dbt(warehouse: Path, project: Path, *arguments: str) -> None:
    """Run dbt in this process and fail with its own messages."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    from orchestration.dbt_events import leave_out_debugging

    leave_out_debugging()
    os.environ["GOLDTHREAD_WAREHOUSE"] = str(warehouse)
    folders = ["--project-dir", str(project), "--profiles-dir", str(project)]
    # To write what it knows of the project takes dbt as long as fifty small models, and no test reads it.
    result = dbtRunner().invoke([*arguments, *folders, "--log-level", "warn", "--no-write-json"])
    assert result.exception is None, result.exception
    # The adapter keeps the file open for its process; the next build is another file.
    DuckDBConnectionManager.env().close()
    DuckDBConnectionManager.close_all_connections()
    problems = [f"{r.node.name}: {r.message}" for r in result.result or [] if r.status in ("error", "fail")]
    assert result.success, result.exception or "\n".join(problems)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("goldthread")


@pytest.fixture(scope="session")
def query(home: Path) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    """SQL over the built warehouse of the small company."""
    warehouse = build(home, rows())
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()
