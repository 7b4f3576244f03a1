"""Run suites with Great Expectations, pushed down to DuckDB, and build Data Docs of what came out.

Importing this module takes about ten seconds, for Great Expectations' sake, whose telemetry is switched off
first.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import duckdb
import great_expectations as gx
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.data_context import EphemeralDataContext
from great_expectations.data_context.types.base import DataContextConfig
from great_expectations.datasource.fluent import SQLDatasource
from great_expectations.execution_engine import ExecutionEngine
from great_expectations.expectations import UnexpectedRowsExpectation

from quality.expectations.duckdb_dialect import keep_duckdb_connections_open
from quality.expectations.pages import site
from quality.expectations.suite import (
    SAMPLE_ROWS,
    Expectation,
    ExpectationResult,
    Layer,
    Suite,
    SuiteResult,
    Summary,
    data_docs_folder,
    expectations_folder,
)

WHOLE_TABLE = "whole table"
ROWS_METRIC, NUMBER_METRIC = "unexpected_rows_query.table", "unexpected_rows_query.row_count"
NUMBER_COLUMN = "number_of_unexpected_rows"


class CountedRowsExpectation(UnexpectedRowsExpectation):
    """Great Expectations' own, by one query instead of two: each row says how many there are."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (ROWS_METRIC,)

    def _validate(
        self,
        metrics: dict,
        runtime_configuration: dict | None = None,
        execution_engine: ExecutionEngine | None = None,
    ) -> Any:
        rows = [dict(row) for row in metrics[ROWS_METRIC]]
        numbers = [row.pop(NUMBER_COLUMN) for row in rows]
        counted = {ROWS_METRIC: rows, NUMBER_METRIC: numbers[0] if numbers else 0}
        return super()._validate(counted, runtime_configuration, execution_engine)


def run_suites(
    home: Path, run_id: str, layer: Layer, suites: list[Suite], database: Path, not_evaluated: list[str]
) -> Summary:
    """Evaluate a layer's suites on a DuckDB file, opened read-only and let go of at the end."""
    started = time.monotonic()
    context = _context(home, run_id)
    run = gx.RunIdentifier(run_name=run_id)
    present = _relations(database)
    found = [suite for suite in suites if suite.relation in present]
    with _datasource(context, layer, database, found) as datasource:
        results = [
            _validate(context, datasource, suite, run)
            if suite.relation in present
            else _all_in_error(suite, f"{'.'.join(suite.relation)} does not exist in the warehouse")
            for suite in suites
        ]
    return Summary(run_id, layer, results, not_evaluated, round(time.monotonic() - started, 2))


def build_data_docs(home: Path, run_id: str) -> Path:
    """Render every result that the run has stored; returns the site's first page."""
    folder = data_docs_folder(home, run_id)
    _context(home, run_id).build_data_docs()
    shutil.rmtree(folder / "static")  # 5 MB of fonts and pictures that our pages do not show
    return folder / "index.html"


def _context(home: Path, run_id: str) -> EphemeralDataContext:
    """A context that keeps suites, results and site in the run's folder, where both layers find them."""
    keep_duckdb_connections_open()
    kept = expectations_folder(home, run_id) / "great_expectations"
    stores = {
        "expectations_store": {"class_name": "ExpectationsStore", "store_backend": _folder(kept / "suites")},
        "validation_results_store": {
            "class_name": "ValidationResultsStore",
            "store_backend": _folder(kept / "validations"),
        },
        "checkpoint_store": _in_memory("CheckpointStore"),
        "validation_definition_store": _in_memory("ValidationDefinitionStore"),
    }
    config = DataContextConfig(
        analytics_enabled=False,
        stores=stores,
        expectations_store_name="expectations_store",
        validation_results_store_name="validation_results_store",
        checkpoint_store_name="checkpoint_store",
        data_docs_sites={"local_site": site(data_docs_folder(home, run_id))},
        progress_bars={"globally": False},
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def _folder(path: Path) -> dict[str, str]:
    return {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(path)}


def _in_memory(store: str) -> dict[str, Any]:
    return {"class_name": store, "store_backend": {"class_name": "InMemoryStoreBackend"}}


@contextmanager
def _datasource(
    context: EphemeralDataContext, layer: Layer, database: Path, suites: list[Suite]
) -> Iterator[SQLDatasource]:
    options = {
        "access_mode": "read_only",
        "threads": os.environ.get("GOLDTHREAD_THREADS", "2"),
        "memory_limit": os.environ.get("GOLDTHREAD_MEMORY_LIMIT", "1500MB"),
    }
    query = "&".join(f"{name}={value}" for name, value in options.items())
    # All tables at once: whatever is added one by one makes the context write its configuration anew.
    datasource = context.data_sources.add_sql(
        layer,
        connection_string=f"duckdb:///{database}?{query}",
        assets=[
            {
                "type": "table",
                "name": suite.name,
                "schema_name": suite.relation[0],
                "table_name": suite.relation[1],
                "batch_definitions": [{"name": WHOLE_TABLE}],
            }
            for suite in suites
        ],
    )
    try:
        yield datasource
    finally:
        # A reader that keeps the file open would block the next writer.
        for engine in (datasource.get_execution_engine().engine, datasource.get_engine()):
            engine.dispose()


def _relations(database: Path) -> set[tuple[str, str]]:
    """Schema and name of all tables and views."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute("select table_schema, table_name from information_schema.tables")
        return set(found.fetchall())


def _validate(
    context: EphemeralDataContext, datasource: SQLDatasource, suite: Suite, run: gx.RunIdentifier
) -> SuiteResult:
    definition = _define(context, datasource, suite)
    result = definition.run(result_format={"result_format": "COMPLETE"}, run_id=run)
    by_name = {one.expectation_config.meta["name"]: one for one in result.results}
    expectations = [_expectation_result(one, by_name[one.name]) for one in suite.expectations]
    return SuiteResult(suite.name, suite.table, suite.domain, expectations)


def _define(
    context: EphemeralDataContext, datasource: SQLDatasource, suite: Suite
) -> gx.ValidationDefinition:
    expectations = [
        CountedRowsExpectation(
            unexpected_rows_query=_query(one),
            description=f"{one.title} {one.title_zh}",
            severity=one.severity,
            meta={"name": one.name},
        )
        for one in suite.expectations
    ]
    stored = context.suites.add_or_update(gx.ExpectationSuite(name=suite.name, expectations=expectations))
    batches = datasource.get_asset(suite.name).get_batch_definition(WHOLE_TABLE)
    definition = gx.ValidationDefinition(name=suite.name, data=batches, suite=stored)
    return context.validation_definitions.add(definition)


def _query(expectation: Expectation) -> str:
    """The query as Great Expectations takes it: it fills in `{batch}`, and any other brace stands doubled."""
    unexpected = expectation.unexpected_rows.replace("{", "{{").replace("}", "}}").strip()
    return (
        "with batch as not materialized (select * from {batch})\n"
        f"select *, count(*) over () as {NUMBER_COLUMN} from (\n{unexpected}\n) as unexpected order by all"
    )


def _expectation_result(expectation: Expectation, result: ExpectationValidationResult) -> ExpectationResult:
    described = (expectation.name, expectation.title, expectation.title_zh, expectation.severity)
    message = exception_message(result.exception_info or {})
    if message is not None:
        return ExpectationResult(*described, "error", message=message)
    unexpected = result.result["observed_value"]
    rows = result.result["details"]["unexpected_rows"][:SAMPLE_ROWS]
    sample = [{name: _plain(value) for name, value in row.items()} for row in rows]
    return ExpectationResult(*described, "passed" if result.success else "failed", unexpected, sample)


def _plain(value: Any) -> str | int | float | bool | None:
    """A value as JSON knows it: dates, times and decimals as text."""
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def exception_message(exception_info: dict[str, Any]) -> str | None:
    """The first line of what was raised, or None. It stands alone or under the metric that raised."""
    infos = [exception_info] if "raised_exception" in exception_info else list(exception_info.values())
    raised = [info["exception_message"] for info in infos if info.get("raised_exception", True)]
    return str(raised[0]).splitlines()[0] if raised else None


def _all_in_error(suite: Suite, message: str) -> SuiteResult:
    expectations = [
        ExpectationResult(one.name, one.title, one.title_zh, one.severity, "error", message=message)
        for one in suite.expectations
    ]
    return SuiteResult(suite.name, suite.table, suite.domain, expectations)
