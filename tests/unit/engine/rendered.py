"""The engine's own models, rendered as dbt renders them and run in memory over rows that a test made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, Template

PROJECT = Path(__file__).parents[3] / "dbt_project"
MODELS = PROJECT / "models/marts/metrics"
MACROS = (
    "batches",
    "metric_components",
    "metric_records",
    "metric_values",
    "period",
    "ratio",
    "time",
    "touched",
)
Tables = Mapping[str, tuple[str, Sequence[Sequence[Any]]]]  # name → columns with types, rows


class Engine:
    """Tables by the names that `ref` and `source` give them, and queries over them."""

    def __init__(self, tables: Tables) -> None:
        self.connection = duckdb.connect()
        for name, (columns, rows) in tables.items():
            self.connection.execute(f"create table {name} ({columns})")
            if rows:
                places = ", ".join("?" for _ in rows[0])
                self.connection.executemany(f"insert into {name} values ({places})", [list(r) for r in rows])

    def model(self, name: str) -> Engine:
        """Build a model of `marts/metrics`, or of a folder below it, as a table."""
        self.connection.execute(f"create table {name} as {_model_sql(name)}")
        return self

    def call(self, macro: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """The rows of a macro's query."""
        return self.rows(str(getattr(_template("").make_module(), macro)(*arguments)))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        return self.connection.execute(sql).fetchall()


@cache
def _model_sql(name: str) -> str:
    [file] = MODELS.rglob(f"{name}.sql")
    return _template(file.read_text(encoding="utf-8")).render()


@cache
def _template(text: str) -> Template:
    """A template that sees every macro, as a dbt model does."""
    environment = Environment(autoescape=False)  # noqa: S701
    environment.globals |= {"ref": lambda name: name, "source": lambda _, name: name}
    environment.globals["return"] = lambda value: value
    environment.globals["config"] = lambda **_: ""
    macros = [(PROJECT / "macros" / f"{name}.sql").read_text(encoding="utf-8") for name in MACROS]
    return environment.from_string("\n".join([*macros, text]))
