"""MetricFlow over a night's warehouse: the one place that knows its in-process engine, an undocumented one.

It is asked for SQL only, and the SQL is run here: a DECIMAL stays one, of which dbt's adapter makes a float.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import duckdb
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantic_interfaces.protocols import WhereFilterIntersection
from metricflow_semantics.errors.error_classes import InformativeUserError
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from tests.nights import Night

WAREHOUSE = "warehouse"  # as the semantic manifest names the database
LIMITS = {"memory_limit": "1500MB", "threads": 2}
_DAY = "{{ TimeDimension('metric_time', 'day') }}"


class NotExpressibleError(Exception):
    """MetricFlow refuses the query, in its own words."""


class _Renderer:
    """What the engine asks of a connection as long as it only explains."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


class MetricFlow:
    """MetricFlow's answers for the company of a night, by DuckDB within `limits`. `edited` may add to its
    semantic manifest.
    """

    def __init__(
        self,
        night: Night,
        edited: Callable[[dict[str, Any]], dict[str, Any]] = dict,
        limits: Mapping[str, str | int] = LIMITS,
    ) -> None:
        logging.getLogger("metricflow_semantic_interfaces").setLevel(logging.ERROR)
        written = json.loads((night.project / "target" / "semantic_manifest.json").read_text("utf-8"))
        self.manifest = parse_manifest_from_dbt_generated_manifest(json.dumps(edited(written)))
        self._metrics = {metric.name: metric for metric in self.manifest.metrics}
        self._engine = MetricFlowEngine(SemanticManifestLookup(self.manifest), _Renderer())
        self._file = night.warehouse
        self._limits = dict(limits)
        self.connection = duckdb.connect(config=self._limits)
        self.connection.execute(f"attach '{self._file}' as {WAREHOUSE} (read_only); use {WAREHOUSE}")

    @cached_property
    def in_doubles(self) -> duckdb.DuckDBPyConnection:
        """The same warehouse with facts in doubles: between two DECIMALs, DuckDB cuts a percentile off."""
        connection = duckdb.connect(config=self._limits)
        connection.execute(f"attach '{self._file}' as night (read_only)")
        connection.execute(f"attach ':memory:' as {WAREHOUSE}; use {WAREHOUSE}")
        tables = connection.execute(
            """
            select
                schema_name, table_name,
                string_agg(
                    case when schema_name = 'core' and data_type like 'DECIMAL%'
                        then format('cast("{0}" as double) as "{0}"', column_name)
                        else format('"{0}"', column_name)
                    end, ', '
                )
            from duckdb_columns()
            where
                database_name = 'night' and schema_name in ('core', 'intermediate', 'library', 'marts')
                and table_oid in (select table_oid from duckdb_tables() where database_name = 'night')
            group by all
            """
        ).fetchall()
        for schema in {schema for schema, _, _ in tables}:
            connection.execute(f"create schema {schema}")
        for schema, table, columns in tables:
            relation = f"{schema}.{table}"
            connection.execute(f"create view {relation} as select {columns} from night.{relation}")
        return connection

    @cached_property
    def elapsed(self) -> tuple[str, ...]:
        """The days that the night counts, as a condition: facts know some before them and some to come."""
        [(first, last)] = self.connection.execute(
            "select calendar_start, as_of from library.run_context"
        ).fetchall()
        return (f"{_DAY} >= '{first}' and {_DAY} <= '{last}'",)

    def knows(self, metric_id: str) -> bool:
        """Whether there is a metric by that name."""
        return metric_id in self._metrics

    def parts_of_ratio(self, metric_id: str) -> list[tuple[str, str, tuple[str, ...]]]:
        """What a ratio divides: role, metric and the conditions under which; nothing for other metrics."""
        metric = self._metrics[metric_id]
        params = metric.type_params
        return [
            (role, part.name, (*_conditions(metric.filter), *_conditions(part.filter)))
            for role, part in (("numerator", params.numerator), ("denominator", params.denominator))
            if part is not None
        ]

    def sql(self, metrics: Sequence[str], by: Sequence[str], where: Sequence[str] = ()) -> str:
        """The query of metrics by dimensions and entities. Raises NotExpressibleError."""
        request = MetricFlowQueryRequest.create(
            metric_names=metrics, group_by_names=by, where_constraints=list(where) or None
        )
        try:
            return self._engine.explain(request).sql_statement.sql
        except InformativeUserError as error:
            raise NotExpressibleError(str(error)) from error


def on_days(days: str) -> str:
    """The condition that only some days are answered for, which are listed in SQL."""
    return f"{_DAY} in ({days})"


def _conditions(written: WhereFilterIntersection | None) -> list[str]:
    return [one.where_sql_template for one in written.where_filters] if written else []
