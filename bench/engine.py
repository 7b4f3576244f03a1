"""The metric engine by itself: chosen metrics of a library computed from what a home has landed.

dbt builds what the metrics need into a warehouse of its own, one model after the other, and says how long
each took.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

import duckdb

from bench.process import BenchError
from ingestion.landing import Landing
from metric_library.compile import DomainState, RunContext, compile_library
from metric_library.library import Library
from orchestration.dbt_stage import stage_dbt_project
from orchestration.held_loads import LoadsAsPublished
from orchestration.home import Home
from orchestration.limits import batch_records
from orchestration.night import load_setup
from orchestration.project import code_version, dbt_executable, dbt_warehouse, prepare_dbt_environment
from orchestration.warehouse import calendar_start, prepare_warehouse
from quality.check import run_check

ENGINE_FOLDER = "models/marts/metrics/"
FIGURES = "metric_value"


@dataclass(frozen=True)
class EngineRun:
    """Metrics computed. Seconds are of checking and compiling, of dbt, and in `models` by model."""

    home: Path
    metrics: int
    components: int
    rows: int
    library_seconds: float
    dbt_seconds: float
    models: dict[str, float] = field(repr=False)

    @property
    def warehouse(self) -> Path:
        return dbt_warehouse(Home(self.home))

    @property
    def project(self) -> Path:
        return self.home / "dbt" / "project"

    @cached_property
    def engine_models(self) -> dict[str, float]:
        """The seconds of the models that turn facts into figures."""
        nodes = json.loads((self.project / "target" / "manifest.json").read_text("utf-8"))["nodes"]
        return {
            nodes[one]["name"]: seconds
            for one, seconds in self.models.items()
            if nodes[one]["original_file_path"].startswith(ENGINE_FOLDER)
        }

    @property
    def engine_seconds(self) -> float:
        return sum(self.engine_models.values())


def run_engine(
    home: Path, landed: Path, profile: Path, as_of: date, metrics: Collection[str] | None = None
) -> EngineRun:
    """Compute all metrics of a profile, or those given, from what has landed in another home."""
    home.mkdir(parents=True, exist_ok=True)
    landing = Landing(landed)
    own = Home(home)
    prepare_dbt_environment(own)
    setup = load_setup(own, profile)
    begun = time.monotonic()
    loads = LoadsAsPublished(landing, (), ())
    start = calendar_start(loads, setup.contracts, setup.profile.time_zone, as_of)
    run = RunContext("bench", as_of, datetime.now(UTC), code_version(), start, batch_records=batch_records())
    check = run_check(profile, as_of=as_of, landing=landing)
    compiled = compile_library(
        check.library if metrics is None else restricted(check.library, metrics),
        profile=setup.profile,
        contracts=setup.contracts,
        run=run,
        loads=loads.loads(),
        domains=DomainState(),
    )
    library_seconds = time.monotonic() - begun
    own_metrics = setup.profile.metrics_folder
    stage_dbt_project(
        home,
        setup.contracts,
        compiled,
        held_out=check.held_out_files,
        extra_metric_files=sorted(own_metrics.rglob("*.yml")) if own_metrics else (),
    )
    prepare_warehouse(dbt_warehouse(own), loads, setup.contracts, compiled, run)
    begun = time.monotonic()
    models = _dbt_run(own)
    with duckdb.connect(str(dbt_warehouse(own)), read_only=True) as connection:
        [(rows,)] = connection.execute(f"select count(*) from marts.{FIGURES}").fetchall()
    states = compiled.tables["metric"]["state"]
    return EngineRun(
        home,
        int((states == "ok").sum()),
        compiled.tables["metric_component"].height,
        rows,
        round(library_seconds, 2),
        round(time.monotonic() - begun, 2),
        models,
    )


def restricted(library: Library, metrics: Collection[str]) -> Library:
    """A library with some of its metrics and all that they are made of."""
    kept = {name for metric in metrics for name in (metric, *library.metrics_below(metric))}
    definitions = {name: metric for name, metric in library.definitions.items() if name in kept}
    held_out = {name: held for name, held in library.held_out.items() if name in kept}
    return dataclasses.replace(library, definitions=definitions, held_out=held_out, memo={})


def _dbt_run(home: Home) -> dict[str, float]:
    project = home.root / "dbt" / "project"
    command = ["--quiet", "run", "--select", f"+{FIGURES}", "--threads", "1"]
    done = subprocess.run(
        [dbt_executable(home), *command, "--project-dir", str(project), "--profiles-dir", str(project)],
        cwd=project,  # from there the warehouse is named
        env=os.environ | {"DBT_TARGET_PATH": str(project / "target"), "DBT_LOG_PATH": str(project / "logs")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"dbt could not compute the metrics:\n{(done.stdout + done.stderr)[-3000:]}")
    results = json.loads((project / "target" / "run_results.json").read_text("utf-8"))["results"]
    return {one["unique_id"]: one["execution_time"] for one in results}
