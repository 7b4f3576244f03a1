"""MetricFlow computing figures that the engine has computed: query by query, as it is used."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass

from bench.engine import EngineRun
from tests.integration.oracle.metricflow_adapter import MetricFlow, NotExpressibleError

GRAINS = ("month", "quarter", "year")
SUBJECTS = {"company": None, "unit": "org_unit"}
LEVELS = ("company", "division", "department", "team")  # what its subjects are to the engine


@dataclass(frozen=True)
class MetricFlowRun:
    """Queries that MetricFlow planned and DuckDB ran. `refused`: queries that it cannot express."""

    queries: int
    rows: int
    planning_seconds: float
    seconds: float
    refused: int


def run_metricflow(
    engine: EngineRun, metrics: Collection[str], limits: dict[str, str | int]
) -> MetricFlowRun:
    """Each metric by each grain, for the company and by org unit; rows are computed, not fetched."""
    metricflow = MetricFlow(engine)
    for name, value in limits.items():
        metricflow.connection.execute(f"set {name} = '{value}'")
    elapsed = metricflow.elapsed
    queries = rows = refused = 0
    planning = seconds = 0.0
    for metric in metrics:
        for entity in SUBJECTS.values():
            for grain in GRAINS:
                begun = time.monotonic()
                try:
                    sql = metricflow.sql(
                        [metric], [f"metric_time__{grain}", *([entity] if entity else [])], elapsed
                    )
                except NotExpressibleError:
                    refused += 1
                    continue
                planned = time.monotonic()
                metricflow.connection.execute(f"create or replace temp table answered as {sql}")
                ended = time.monotonic()
                queries += 1
                planning += planned - begun
                seconds += ended - planned
                [(count,)] = metricflow.connection.execute("select count(*) from answered").fetchall()
                rows += count
    return MetricFlowRun(queries, rows, round(planning, 2), round(seconds, 2), refused)
