"""The plain SQL that the engine is measured against: written out for a warehouse's library, checked, timed.

The script (`metric_value.sql.jinja`) knows nothing of the engine: it reads the facts and the organisation.
What it covers are metrics that are sums, and quotients of sums, of a fact's own columns; see `plain_metrics`.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import jinja2

from bench.process import BenchError

TEMPLATE = Path(__file__).with_name("metric_value.sql.jinja")
COLUMNS = (
    "metric_id, subject_type, subject_id, period_grain, period_start, period_end, "
    "numerator, denominator, value, n, state"
)
AMOUNTS = {
    "count": "case when ({0}) is not null then 1 end",
    "sum_boolean": "case when {0} then 1 else 0 end",
    "sum": "{0}",
}
COUNTED = {"count": "{0}", "sum_boolean": "case when {0} then 1 end", "sum": "{0}"}


@dataclass(frozen=True)
class PlainSql:
    """A script that ran: its seconds, its rows, and how many of them the engine has otherwise."""

    seconds: float
    rows: int
    different: int


def plain_metrics(warehouse: Path) -> list[str]:
    """The metrics that the script covers: no formula, offset, window, conversion or joined filter,
    nothing that has to be evaluated from single records.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            """
            select m.metric_id
            from library.metric as m
            inner join library.metric_term as t on m.metric_id = t.metric_id
            inner join library.metric_component as c on t.component_id = c.component_id
            where m.state = 'ok'
            group by m.metric_id
            having bool_and(
                t.input = 0 and t.offset_grain is null and t.time_window is null
                and c.time_aggregation in ('sum', 'last') and c.aggregation in ('sum', 'count', 'sum_boolean')
                and not starts_with(c.semantic_model, 'metric_conversion__')
                and coalesce(not contains(c.filter, '__'), true)
            )
            order by m.metric_id
            """
        ).fetchall()
    return [metric for (metric,) in rows]


def run_plain_sql(warehouse: Path, metrics: Collection[str], limits: dict[str, str | int]) -> PlainSql:
    """Run the script over a warehouse's facts; then, not timed, compare its rows with the engine's."""
    with duckdb.connect(config=dict(limits)) as connection:
        connection.execute(f"attach '{warehouse}' as warehouse (read_only); use warehouse")
        script = script_for(connection, metrics).replace("create table", "create temp table")
        begun = time.monotonic()
        connection.execute(script)
        seconds = time.monotonic() - begun
        ours = f"select {COLUMNS} from marts.metric_value where metric_id in ({_texts(metrics)})"
        theirs = f"select {COLUMNS} from temp.metric_value"
        different = (
            f"select count(*) from (({ours} except all {theirs}) union all ({theirs} except all {ours}))"
        )
        [(rows,)] = connection.execute("select count(*) from temp.metric_value").fetchall()
        [(wrong,)] = connection.execute(different).fetchall()
    return PlainSql(seconds, rows, wrong)


def script_for(connection: duckdb.DuckDBPyConnection, metrics: Collection[str]) -> str:
    """The script for these metrics of the library that the connected warehouse holds."""
    if not metrics:
        raise BenchError("the library has no metric that the plain SQL covers")
    chosen = f"metric_id in ({_texts(metrics)})"
    [(first_day, last_day)] = connection.execute(
        "select calendar_start, as_of from library.run_context"
    ).fetchall()
    text = TEMPLATE.read_text("utf-8")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 - it is SQL
    return environment.from_string(text).render(
        first_day=first_day,
        last_day=last_day,
        passes=_passes(connection, chosen),
        metrics=_rows(connection, _METRICS.format(chosen=chosen)),
        terms=_rows(
            connection,
            "select metric_id, role, component_id, coefficient::varchar, per "
            f"from library.metric_term where {chosen}",
        ),
        levels=_rows(
            connection,
            f"select metric_id, subject_type from library.metric_level where {chosen} "
            f"union all select distinct metric_id, 'shared' from library.metric_level where {chosen}",
        ),
        grains=_rows(connection, f"select metric_id, period_grain from library.metric_grain where {chosen}"),
    )


_METRICS = """
select
    m.metric_id, sum((t.role = 'numerator')::int)::int, sum((t.role = 'denominator')::int)::int,
    any_value(f.null_policy), any_value(f.zero_denominator), any_value(m.min_n), any_value(m.state)
from library.metric as m
inner join library.metric_term as t on m.metric_id = t.metric_id
inner join library.metric_form as f on m.metric_id = f.metric_id and f.input = 0
where m.{chosen}
group by m.metric_id
order by m.metric_id
"""
_COMPONENTS = """
with used as (
    select metric_id, component_id from library.metric_term where {chosen}
    union
    select metric_id, per from library.metric_term where {chosen} and per is not null
)
select
    c.fact, c.date_column, c.attribution, c.time_aggregation,
    c.component_id, c.aggregation, c.expression, c.filter,
    list(distinct l.subject_type order by l.subject_type) || ['shared'],
    list(distinct g.period_grain order by g.period_grain)
from library.metric_component as c
inner join used on c.component_id = used.component_id
inner join library.metric_level as l on used.metric_id = l.metric_id
inner join library.metric_grain as g on used.metric_id = g.metric_id
group by all
order by all
"""


def _passes(connection: duckdb.DuckDBPyConnection, chosen: str) -> list[dict[str, Any]]:
    """The components by what can be summed in one pass over a fact."""
    by_pass: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for *place, component, aggregation, expression, where, subject_types, grains in connection.execute(
        _COMPONENTS.format(chosen=chosen)
    ).fetchall():
        by_pass[tuple(place)].append(
            {
                "component_id": component,
                "amount": AMOUNTS[aggregation].format(expression),
                "counted": COUNTED[aggregation].format(expression),
                "filter": where,
                "subject_types": subject_types,
                "grains": grains,
            }
        )
    return [
        {
            **dict(zip(("fact", "date_column", "attribution", "time_aggregation"), place, strict=True)),
            "components": components,
            "subject_types": sorted({one for c in components for one in c["subject_types"]}),
            "grains": sorted({one for c in components for one in c["grains"]}),
        }
        for place, components in by_pass.items()
    ]


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """Rows of a query as SQL literals."""
    return [f"({', '.join(map(_literal, row))})" for row in connection.execute(query).fetchall()]


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def _texts(values: Collection[str]) -> str:
    return ", ".join(map(_literal, values))
