"""A night's own SQL, as dbt compiled it, run in memory over rows that a test made up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from graphlib import TopologicalSorter
from typing import Any

import duckdb

from ingestion.contract import Contract, load_contracts
from orchestration.warehouse import LANDING_COLUMNS
from tests.nights import Night

Row = Mapping[str, Any]
Loads = Mapping[str, Sequence[Sequence[Row]]]  # canonical table → its loads in order

DATABASE = "warehouse"  # as the compiled SQL names it
TARGET = "model.goldthread.metric_value"
GENERATED = ("metric_component__", "metric_record__", "metric_conversion__")
LEVELS = ("company", "division", "department", "team", "position", "employee", "reporting_line")
GRAINS = ("day", "week", "month", "quarter", "year", "ytd", "rolling_4_weeks", "rolling_3_months")
LANDED_AT = datetime(2025, 12, 31, 2, 30)


class NightInMemory:
    """The models up to the figures of some metrics, each published at every level and grain."""

    def __init__(self, night: Night, metrics: Sequence[str]) -> None:
        [manifest] = night.home.glob("runs/*/dbt_1/manifest.json")
        written = json.loads(manifest.read_bytes())
        self._nodes = {**written["nodes"], **written["sources"]}
        self._contracts = load_contracts()
        self._warehouse = night.warehouse
        self._metrics = tuple(metrics)
        with duckdb.connect(str(self._warehouse), read_only=True) as connection:
            self._generated = {
                name
                for (model,) in connection.execute(
                    f"select distinct semantic_model from library.metric_component where {self._chosen}"
                ).fetchall()
                for name in (f"metric_component__{model}", f"metric_record__{model}", model)
            }
            self._tables = connection.execute(
                "select table_schema || '.' || table_name, list(column_name) from information_schema.columns"
                " group by 1"
            ).fetchall()
        self._order = list(self._upstream())

    def run(self, loads: Loads, first_day: date, as_of: date) -> duckdb.DuckDBPyConnection:
        """The warehouse of a company of which these loads have landed."""
        connection = duckdb.connect()
        connection.execute("set threads = 1")
        connection.execute(f"attach '{self._warehouse}' as night (read_only)")
        connection.execute(f"attach ':memory:' as {DATABASE}; use {DATABASE}")
        for schema in sorted({self._nodes[name]["schema"] for name in self._order} | {"library"}):
            connection.execute(f"create schema {schema}")
        for table, contract in self._contracts.items():
            connection.execute(_landed(contract, loads.get(table, ())))
        self._compile_library(connection, first_day, as_of)
        for name in self._order:
            node = self._nodes[name]
            relation = f"{node['schema']}.{node['name']}"
            if name.startswith("model."):
                kind = "view" if node["config"]["materialized"] == "view" else "table"
                sql = node["compiled_code"] if self._is_wanted(node) else f"from night.{relation} limit 0"
                connection.execute(f"create {kind} {relation} as {sql}")
            elif node["schema"] not in ("landed", "library"):
                connection.execute(f"create table {relation} as from night.{relation} limit 0")
        return connection

    def _upstream(self) -> Iterator[str]:
        """Whatever the figures are made from, each after what it is made from."""
        graph: dict[str, list[str]] = {}
        asked = [TARGET]
        while asked:
            name = asked.pop()
            if name in graph:
                continue
            node = self._nodes[name]
            needs = node.get("depends_on", {}).get("nodes", []) if self._is_wanted(node) else []
            graph[name] = needs
            asked += needs
        return iter(TopologicalSorter(graph).static_order())

    def _is_wanted(self, node: Mapping[str, Any]) -> bool:
        return not node["name"].startswith(GENERATED) or node["name"] in self._generated

    @property
    def _chosen(self) -> str:
        """The components of the metrics."""
        terms = f"from library.metric_term where metric_id in {self._metrics}"
        return f"component_id in (select component_id {terms} union select per {terms} and per is not null)"

    def _compile_library(self, connection: duckdb.DuckDBPyConnection, first_day: date, as_of: date) -> None:
        """The night's compiled library, cut down to the metrics and set to other days."""
        for name, columns in self._tables:
            if name.startswith("library."):
                chosen = f"where metric_id in {self._metrics}" if "metric_id" in columns else ""
                connection.execute(f"create table {name} as from night.{name} {chosen}")
        connection.execute(f"delete from library.metric_component where not ({self._chosen})")
        for table, listed in (("metric_level", LEVELS), ("metric_grain", GRAINS)):
            connection.execute(f"delete from library.{table}")
            rows = ", ".join(f"('{metric}', '{entry}')" for metric in self._metrics for entry in listed)
            connection.execute(f"insert into library.{table} values {rows}")
        connection.execute(
            f"update library.run_context set calendar_start = '{first_day}', as_of = '{as_of}'"
        )
        days = [first_day + timedelta(days=number) for number in range((as_of - first_day).days + 1)]
        rows = ", ".join(f"('{day}', {day.weekday() < 5}, null)" for day in days)
        connection.execute(
            f"delete from library.calendar_day; insert into library.calendar_day values {rows}"
        )


def _landed(contract: Contract, loads: Sequence[Sequence[Row]]) -> str:
    """A landed table as the landing leaves it: all loads, numbered, with the columns of the contract."""
    columns = {**contract.duckdb_columns(), **LANDING_COLUMNS}
    rows = [
        {
            **row,
            "_load_id": f"load-{sequence}",
            "_sequence": sequence,
            "_source": "test",
            "_source_file": f"{contract.table}.csv",
            "_source_row": number,
            "_row_hash": "",
            "_loaded_at": LANDED_AT,
            "_is_deleted": row.get("_is_deleted", False),
        }
        for sequence, load in enumerate(loads, start=1)
        for number, row in enumerate(load, start=2)
    ]
    typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    create = f"create table landed.{contract.domain}__{contract.name} ({typed})"
    if not rows:
        return create
    values = ", ".join(f"({', '.join(_literal(row.get(name)) for name in columns)})" for row in rows)
    return f"{create}; insert into landed.{contract.domain}__{contract.name} values {values}"


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    return str(value) if isinstance(value, bool) else "'" + str(value).replace("'", "''") + "'"
