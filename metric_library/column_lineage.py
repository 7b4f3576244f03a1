"""Which columns of the canonical tables a fact's column is made from.

The models' SQL is rendered with their own macros, without dbt or a warehouse, and each column is followed
through projections, CTEs and unions down to the staging models, whose columns are those of the contracts.
Conditions and joins decide which rows there are, not what a column holds: they are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from metric_library.dbt_models import DbtModels, table_of
from metric_library.expressions import DIALECT

if TYPE_CHECKING:
    from jinja2 import Environment

    from ingestion.contract import Contract

Landed = frozenset[tuple[str, str]]
Scope = dict[str, tuple[exp.Expression, Any]]  # CTE name → its query and the scope in which it was written
_MACRO = re.compile(r"\{%-?\s*macro\s.*?endmacro\s*-?%\}", re.DOTALL)
_NOTHING: Landed = frozenset()


class ColumnLineage:
    """Follows columns through the models of one project; every answer is kept."""

    def __init__(self, models: DbtModels) -> None:
        self.models = models
        self._queries: dict[str, exp.Query | None] = {}
        self._known: dict[tuple[str, str], Landed] = {}

    def landed(self, model: str, column: str) -> list[tuple[str, str]]:
        """(canonical table, column) pairs that a model's column is made from, sorted."""
        return sorted(self._of_model(model, column.lower()))

    def columns(self, model: str) -> tuple[str, ...]:
        """Names of a model's columns; none when its SQL does not say."""
        query = self.query(model) if model in self.models.files else None
        return self._names(query, {}) if query is not None else ()

    def _names(self, query: exp.Expression, above: Scope) -> tuple[str, ...]:
        scope, query = _inner(query, above), query.unnest()
        if isinstance(query, exp.SetOperation):
            return self._names(query.left, scope)
        names: list[str] = []
        for projection in query.expressions if isinstance(query, exp.Select) else ():
            if not projection.is_star:
                names.append(projection.alias_or_name.lower())
                continue
            starred = [self._source_names(source, scope) for _, source in _sources(query)]
            if not all(starred):
                return ()
            names += [name for source in starred for name in source]
        return tuple(dict.fromkeys(names))

    def _source_names(self, source: exp.Expression, scope: Scope) -> tuple[str, ...]:
        if not isinstance(source, exp.Table):
            return self._names(source, scope)
        if source.name in scope:
            return self._names(*scope[source.name])
        if table := table_of(source.name):
            contract = self.contracts.get(table)
            return tuple(contract.columns) if contract else ()
        return self.columns(source.name)

    def _of_model(self, model: str, column: str) -> Landed:
        key = (model, column)
        if key not in self._known:
            self._known[key] = _NOTHING  # a model that leads back to itself adds nothing
            self._known[key] = self._landed(model, column)
        return self._known[key]

    def _landed(self, model: str, column: str) -> Landed:
        if table := table_of(model):
            contract = self.contracts.get(table)
            return frozenset({(table, column)}) if contract and column in contract.columns else _NOTHING
        query = self.query(model)
        return self._of_query(query, column, {}) if query is not None else _NOTHING

    def _of_query(self, query: exp.Expression, column: str, above: Scope) -> Landed:
        """A column of a query that may name the CTEs `above`."""
        scope = _inner(query, above)
        query = query.unnest()
        if isinstance(query, exp.SetOperation):
            right = _name_at(query.right, _position(query.left, column)) or column
            return self._of_query(query.left, column, scope) | self._of_query(query.right, right, scope)
        if not isinstance(query, exp.Select):
            return _NOTHING
        sources = dict(_sources(query))
        found = _NOTHING
        for projection in query.expressions:
            if projection.is_star:
                named = projection.table if isinstance(projection, exp.Column) else ""
                found |= self._of_sources(
                    column, [sources[named]] if named in sources else sources.values(), scope
                )
            elif projection.alias_or_name.lower() == column:
                return self._of_expression(projection, sources, scope)
        return found

    def _of_expression(
        self, tree: exp.Expression, sources: Mapping[str, exp.Expression], scope: Scope
    ) -> Landed:
        found = _NOTHING
        if any(isinstance(node.this, exp.Star) for node in tree.find_all(exp.Count)):
            found |= self._of_rows(next(iter(sources.values()), None), scope)
        for node in tree.find_all(exp.Column):
            named = [sources[node.table]] if node.table in sources else sources.values()
            found |= self._of_sources(node.name.lower(), named, scope)
        return found

    def _of_sources(self, column: str, sources: Iterable[exp.Expression], scope: Scope) -> Landed:
        found = _NOTHING
        for source in sources:
            if isinstance(source, exp.Table) and source.name in scope:
                query, inner = scope[source.name]
                found |= self._of_query(query, column, inner)
            elif isinstance(source, exp.Table):
                found |= self._of_model(source.name, column)
            else:
                found |= self._of_query(source, column, scope)
        return found

    def _of_rows(self, source: exp.Expression | None, scope: Scope) -> Landed:
        """What `count(*)` counts: the key of the table whose rows stand first in FROM."""
        if isinstance(source, exp.Table):
            if table := table_of(source.name):
                return frozenset((table, column) for column in self.contracts[table].key)
            if source.name in scope:
                return self._of_rows(*scope[source.name])
            return (
                self._of_rows(self.query(source.name), {}) if source.name in self.models.files else _NOTHING
            )
        if isinstance(source, exp.SetOperation):
            return self._of_rows(source.left, _inner(source, scope))
        if isinstance(source, exp.Select):
            return self._of_rows(next((s for _, s in _sources(source)), None), _inner(source, scope))
        return _NOTHING

    def query(self, model: str) -> exp.Expression | None:
        """The parsed SQL of a model; None when it cannot be read without dbt."""
        if model not in self._queries:
            from jinja2 import TemplateError

            try:
                self._queries[model] = sqlglot.parse_one(self._rendered(model), dialect=DIALECT)
            except (SqlglotError, TemplateError, KeyError):
                self._queries[model] = None
        return self._queries[model]

    def _rendered(self, model: str) -> str:
        return self._environment.from_string(self.models.files[model].read_text(encoding="utf-8")).render()

    @cached_property
    def _environment(self) -> Environment:
        """Jinja with what the models use of dbt, and the project's macros."""
        from jinja2 import ChainableUndefined
        from jinja2.sandbox import SandboxedEnvironment

        environment = SandboxedEnvironment(undefined=ChainableUndefined, extensions=["jinja2.ext.do"])
        environment.globals |= {
            "ref": lambda *names: names[-1],
            "source": lambda schema, table: f"{schema}__{table}",
            "config": lambda **_: "",
            "var": lambda _name, default="": default,
            "env_var": lambda _name, default="": default,
            "dbt": {"type_string": lambda: "varchar", "type_timestamp": lambda: "timestamp"},
        }
        files = sorted((self.models.project_dir / "macros").rglob("*.sql"))
        macros = "".join(m for file in files for m in _MACRO.findall(file.read_text(encoding="utf-8")))
        module = environment.from_string(macros).module
        environment.globals |= {
            name: macro for name, macro in vars(module).items() if not name.startswith("_")
        }
        return environment

    @cached_property
    def contracts(self) -> dict[str, Contract]:
        """The canonical tables."""
        from ingestion.contract import load_contracts  # polars comes with it

        return load_contracts()


def _inner(query: exp.Expression, above: Scope) -> Scope:
    """The CTEs that a query's own FROM may name, each with those that it may name itself."""
    scope = dict(above)
    for cte in query.ctes:
        scope[cte.alias] = (cte.this, dict(scope))
    return scope


def _sources(select: exp.Select) -> Iterator[tuple[str, exp.Expression]]:
    clauses = [select.args.get("from_") or select.args.get("from"), *(select.args.get("joins") or [])]
    for clause in clauses:
        if clause is None:
            continue
        source = clause.this
        yield source.alias_or_name, source.this if isinstance(source, exp.Subquery) else source


def _position(query: exp.Expression, column: str) -> int | None:
    names = [name.lower() for name in query.unnest().named_selects]
    return names.index(column) if column in names and "*" not in names else None


def _name_at(query: exp.Expression, position: int | None) -> str | None:
    names = query.unnest().named_selects
    return (
        names[position].lower()
        if position is not None and position < len(names) and "*" not in names
        else None
    )
