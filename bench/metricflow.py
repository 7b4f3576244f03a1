"""MetricFlow computing figures that the engine has computed: query by query, as it is used."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bench.engine import EngineRun
from tests.integration.oracle.metricflow_adapter import MetricFlow, NotExpressibleError

# What it groups by for each level. Above a team it knows no roll-up: all levels of units are one query to it.
ENTITIES = {
    "company": None, "division": "org_unit", "department": "org_unit", "team": "org_unit",
    "position": "position", "employee": "employee",
}  # fmt: skip
GRAINS = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True)
class MetricFlowRun:
    """Queries that MetricFlow planned and DuckDB ran. `refused`: queries that it cannot express."""

    queries: int
    rows: int
    planning_seconds: float
    seconds: float
    refused: int


def run_metricflow(engine: EngineRun, limits: dict[str, str | int]) -> MetricFlowRun:
    """Each metric at each level and grain that the engine computed it for, as far as MetricFlow knows these;
    rows are computed, not fetched.
    """
    metricflow = MetricFlow(engine)
    for name, value in limits.items():
        metricflow.connection.execute(f"set {name} = '{value}'")
    elapsed = metricflow.elapsed
    queries = rows = refused = 0
    planning = seconds = 0.0
    for metric, entity, grain in _asked(metricflow):
        begun = time.monotonic()
        try:
            by = [f"metric_time__{grain}", *([entity] if entity else [])]
            sql = metricflow.sql([metric], by, elapsed)
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


def _asked(metricflow: MetricFlow) -> list[tuple[str, str | None, str]]:
    """Metric, entity and grain of every query. Days are published for no positions."""
    published = metricflow.connection.execute(
        """
        select distinct g.metric_id, l.subject_type, g.period_grain
        from library.metric_grain as g inner join library.metric_level as l on g.metric_id = l.metric_id
        where not (l.subject_type = 'position' and g.period_grain = 'day')
        """
    ).fetchall()
    wanted = {
        (metric, ENTITIES[level], grain)
        for metric, level, grain in published
        if level in ENTITIES and grain in GRAINS
    }
    return sorted(wanted, key=str)
