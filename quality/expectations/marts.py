"""Suites on the marts: written by hand in `suites/*.yml`, one file per mart or fact.

    table: marts.metric_value          # schema and name in the night's warehouse
    domain: sales                      # optional: whose failure it is; absent means the whole company's
    expectations:
      ok_has_value:
        title: ...                     # what holds, in one sentence
        title_zh: ...
        severity: critical             # critical (the default) | warning | info
        unexpected_rows: |             # the rows for which it does not hold; batch is the table itself
          select metric_id from batch where state = 'ok' and value is null

What a query selects is stored with the run's results: it names keys; `*` is refused, and so is every column
that a contract calls personal or sensitive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import sqlglot
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlglot import exp

from ingestion.contract import Contract
from ingestion.yaml_lines import load_yaml, validation_messages
from quality.expectations.suite import PRIVATE, Expectation, Severity, Suite

SUITES_FOLDER = Path(__file__).parent / "suites"


class SuiteError(Exception):
    """Suite files that cannot be used; one line per problem, with file and line."""


class _ExpectationFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    title_zh: str
    severity: Severity = "critical"
    unexpected_rows: str


class _SuiteFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    table: str = Field(pattern=r"^[a-z_]+\.[a-z][a-z0-9_]*$")
    domain: str | None = None
    expectations: dict[str, _ExpectationFile] = Field(min_length=1)


def load_suites(contracts: Mapping[str, Contract], folder: Path = SUITES_FOLDER) -> list[Suite]:
    """All suites of a folder, in the order of their file names. Raises SuiteError with every problem."""
    private = private_columns(contracts.values())
    suites: list[Suite] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.yml")):
        data, lines = load_yaml(path)
        try:
            written = _SuiteFile.model_validate(data)
        except ValidationError as error:
            problems += validation_messages(error, path, lines)
            continue
        for name, expectation in written.expectations.items():
            line = lines["expectations", name]
            problems += [
                f"{path}:{line}: {name}: {what}"
                for what in _query_problems(expectation.unexpected_rows, private)
            ]
        suites.append(_suite(written))
    if problems:
        raise SuiteError("\n".join(problems))
    return suites


def private_columns(contracts: Iterable[Contract]) -> set[str]:
    """The names of all columns that hold personal or sensitive data."""
    return {
        name
        for contract in contracts
        for name, column in contract.columns.items()
        if column.privacy in PRIVATE
    }


def _suite(written: _SuiteFile) -> Suite:
    schema, _, name = written.table.partition(".")
    expectations = tuple(
        Expectation(key, one.title, one.title_zh, one.unexpected_rows, one.severity)
        for key, one in written.expectations.items()
    )
    return Suite(f"marts__{name}", "marts", written.table, (schema, name), expectations, written.domain)


def _query_problems(query: str, private: set[str]) -> list[str]:
    try:
        parsed = sqlglot.parse_one(query, dialect="duckdb")
    except sqlglot.ParseError as error:
        return [f"not a query: {error.errors[0]['description']}"]
    if not any(table.name == "batch" for table in parsed.find_all(exp.Table)):
        return ["the query does not read batch, the suite's own table"]
    selected = parsed.selects if isinstance(parsed, exp.Query) else []
    if not selected or any(column.is_star for column in selected):
        return ["the query must name the columns that it selects"]
    return [
        f"{column.alias_or_name} is personal data and may not be stored with the results"
        for column in selected
        if private & {name.name for name in column.find_all(exp.Column)} | private & {column.alias_or_name}
    ]
