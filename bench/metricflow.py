"""MetricFlow computing figures that the engine has computed: query by query, as it is used.

Days, weeks, months, quarters and years are periods that it knows, and all of these queries run. A year to
date or a rolling window is a cumulative metric to it, whose query takes up to some minutes at a large
company: they are all planned, and of those every so many runs. It is asked for in two ways: by the month or
week with which a period ends, as its handbook does, and by day, for the days that end a period and no others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from bench.engine import EngineRun
from tests.integration.oracle.metricflow_adapter import MetricFlow, NotExpressibleError, on_days
from tests.integration.oracle.running_periods import RUNNING, running_name, with_running_periods

# What it groups by for each level. Above a team it knows no roll-up: all levels of units are one query to it.
ENTITIES = {
    "company": None, "division": "org_unit", "department": "org_unit", "team": "org_unit",
    "position": "position", "employee": "employee",
}  # fmt: skip
GRAINS = ("day", "week", "month", "quarter", "year")
_T = TypeVar("_T")


@dataclass
class MetricFlowRun:
    """Queries that MetricFlow planned, and those of them that ran. `refused`: those it has no words for."""

    queries: int = 0
    refused: int = 0
    planning_seconds: float = 0.0
    run: int = 0
    rows: int = 0
    seconds: float = 0.0
    slowest: float = 0.0

    @property
    def all_seconds(self) -> float:
        """Planning all queries and running them, as long on average as those that ran."""
        return self.planning_seconds + self.seconds * self.queries / max(self.run, 1)


class Question(NamedTuple):
    """The figures of one metric by one entity, or of the company, for all periods of a grain."""

    metric: str
    entity: str | None
    grain: str


class Query(NamedTuple):
    """What MetricFlow is asked for a question."""

    metric: str
    by: str
    where: tuple[str, ...]


def run_metricflow(engine: EngineRun, limits: dict[str, str | int]) -> MetricFlowRun:
    """Each metric at each level and calendar period that the engine computed it for, as far as MetricFlow
    knows these; rows are computed, not fetched.
    """
    metricflow = MetricFlow(engine, limits=limits)

    def asked(question: Question) -> Query:
        return Query(question.metric, question.grain, metricflow.elapsed)

    return _run(metricflow, _questions(metricflow, GRAINS), asked)


def run_running_periods(
    engine: EngineRun, limits: dict[str, str | int], sample: int
) -> tuple[MetricFlowRun, MetricFlowRun]:
    """Years to date and rolling windows: by the period that they end with, and by their last days alone.

    `sample` of the queries run, evenly taken from their order by metric, entity and period.
    """
    metricflow = MetricFlow(engine, with_running_periods, limits)
    ends = _last_days(metricflow)

    def by_period(question: Question) -> Query:
        metric = running_name(question.metric, question.grain)
        return Query(metric, RUNNING[question.grain].ends_with, metricflow.elapsed)

    def by_last_day(question: Question) -> Query:
        where = (*metricflow.elapsed, on_days(ends[question.grain]))
        return Query(running_name(question.metric, question.grain), "day", where)

    known = [
        one
        for one in _questions(metricflow, RUNNING)
        if metricflow.knows(running_name(one.metric, one.grain))
    ]
    by_periods, by_days = (_run(metricflow, known, asked, sample) for asked in (by_period, by_last_day))
    return by_periods, by_days


def _run(
    metricflow: MetricFlow,
    questions: Iterable[Question],
    asked: Callable[[Question], Query],
    sample: int | None = None,
) -> MetricFlowRun:
    run = MetricFlowRun()
    planned = list(_planned(metricflow, questions, asked, run))
    run.queries = len(planned)
    for sql in planned if sample is None else evenly(planned, sample):
        begun = time.monotonic()
        metricflow.connection.execute(f"create or replace temp table answered as {sql}")
        seconds = time.monotonic() - begun
        [(count,)] = metricflow.connection.execute("select count(*) from answered").fetchall()
        run.run += 1
        run.rows += count
        run.seconds += seconds
        run.slowest = max(run.slowest, seconds)
    return run


def evenly(queries: Sequence[_T], sample: int) -> list[_T]:
    """So many of the queries, at equal distances from the first to the last."""
    count = min(sample, len(queries))
    return [queries[number * len(queries) // count] for number in range(count)]


def _planned(
    metricflow: MetricFlow,
    questions: Iterable[Question],
    asked: Callable[[Question], Query],
    run: MetricFlowRun,
) -> Iterator[str]:
    """The SQL of what MetricFlow can express."""
    for question in questions:
        query = asked(question)
        begun = time.monotonic()
        try:
            by = [f"metric_time__{query.by}", *([question.entity] if question.entity else [])]
            sql = metricflow.sql([query.metric], by, query.where)
        except NotExpressibleError:
            run.refused += 1
            continue
        run.planning_seconds += time.monotonic() - begun
        yield sql


def _questions(metricflow: MetricFlow, grains: Iterable[str]) -> list[Question]:
    """What the engine published, as MetricFlow is asked for it. Days are published for no positions."""
    published = metricflow.connection.execute(
        """
        select distinct g.metric_id, l.subject_type, g.period_grain
        from library.metric_grain as g inner join library.metric_level as l on g.metric_id = l.metric_id
        where
            list_contains(?, g.period_grain)
            and not (l.subject_type = 'position' and g.period_grain = 'day')
        """,
        [list(grains)],
    ).fetchall()
    wanted = {
        Question(metric, ENTITIES[level], grain) for metric, level, grain in published if level in ENTITIES
    }
    return sorted(wanted, key=str)


def _last_days(metricflow: MetricFlow) -> dict[str, str]:
    """The last days of all running periods, by their grain, as a list in SQL."""
    rows = metricflow.connection.execute(
        "select period_grain, string_agg(distinct format('''{}''', last_day_on), ', ') "
        "from core.dim_period group by period_grain"
    ).fetchall()
    return dict(rows)
