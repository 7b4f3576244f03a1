"""MetricFlow's filters, `{{ Dimension('ticket__is_resolved') }}`, as SQL over the columns of one fact.

A filter may name the fact's own dimensions and entities, and dimensions of a model that one of its foreign
entities leads to (`metric_library.dimensions`). What would need more than one step, or another metric's
value, is refused with a message, because every component is one pass over one fact.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from metric_library.dimensions import (
    Join,
    JoinedSql,
    column_sql,
    dimension_of,
    join_of,
    merged,
    primary_entity,
)
from metric_library.expressions import conjunction
from metric_library.problems import DefinitionError
from metric_library.spec import SemanticModelSpec

_REFERENCE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_GRAINS = {"day", "week", "month", "quarter", "year"}
_DATE_PARTS = {"year", "quarter", "month", "day", "dow", "doy"}


def filter_sql(
    filters: Iterable[str],
    model: SemanticModelSpec,
    date_column: str,
    others: Iterable[SemanticModelSpec] = (),
) -> JoinedSql:
    """All filters joined by AND as canonical SQL over the fact's columns and those of its joins.

    `date_column` stands for MetricFlow's `metric_time`; `others` are the semantic models that the fact may be
    joined to. Raises DefinitionError.
    """
    reader = _Reader(model, date_column, others)
    condition = conjunction(_REFERENCE.sub(reader.sql_of, text) for text in filters)
    return JoinedSql(condition, merged(reader.joins))


def slice_sql(reference: str, model: SemanticModelSpec, others: Iterable[SemanticModelSpec]) -> JoinedSql:
    """SQL of a dimension to slice by: `priority` is the fact's own, `account__account_segment` a joined one.

    Raises DefinitionError, for dates too: a day belongs to a period, not to a slice.
    """
    *entities, name = reference.split("__")
    if entities and entities != [primary_entity(model)]:
        join, dimension = join_of(model, "__".join(entities), name, others)
        [(column, _)] = join.columns
        found = JoinedSql(column, (join,))
    else:
        dimension = dimension_of(model, name)
        found = JoinedSql(column_sql(dimension))
    if dimension.type == "time":
        raise DefinitionError(
            "reference",
            f"`{reference}` is a date; slices need a categorical dimension, for time there are the grains",
            f"`{reference}` 是日期；切片只能用分类维度，时间请用周期粒度",
        )
    return found


class _Reader:
    """Reads the references of a filter, and keeps the joins that they need."""

    def __init__(
        self, model: SemanticModelSpec, date_column: str, others: Iterable[SemanticModelSpec]
    ) -> None:
        self.model, self.date_column, self.others = model, date_column, tuple(others)
        self.joins: list[Join] = []

    def sql_of(self, match: re.Match[str]) -> str:
        """One reference such as `TimeDimension('order__ordered_on', 'month')` or
        `Dimension('order__x').grain('month')`.
        """
        text = match.group(1)
        try:
            call = ast.parse(text.strip(), mode="eval").body
            method = None
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                method, inner = call, call.func.value
                call = inner
            kind, arguments, named = _call(call)
            grain, part = (named.get("time_granularity_name"), named.get("date_part_name"))
            if kind == "TimeDimension" and len(arguments) > 1:
                grain = arguments[1]
            if method is not None:
                grain, part = _method(method, grain, part)
        except (SyntaxError, ValueError, AttributeError, IndexError) as error:
            raise _unreadable(text) from error
        if kind == "Entity":
            return f"({_entity_sql(self.model, arguments[0])})"
        if kind not in ("Dimension", "TimeDimension"):
            raise DefinitionError(
                "formula",
                f"a filter may use Dimension, TimeDimension and Entity, not `{kind}`",
                f"筛选条件可用 Dimension、TimeDimension、Entity，不能用 `{kind}`",
            )
        return f"({_granular(self._dimension(arguments[0]), grain, part, text)})"

    def _dimension(self, reference: str) -> str:
        *entities, name = reference.split("__")
        if not entities and name == "metric_time":
            return self.date_column
        if name in _GRAINS and entities:
            return _granular(self._dimension("__".join(entities)), name, None, reference)
        if entities == [primary_entity(self.model)]:
            return column_sql(dimension_of(self.model, name))
        join, _ = join_of(self.model, "__".join(entities), name, self.others)
        self.joins.append(join)
        [(column, _)] = join.columns
        return column


def _call(node: ast.expr) -> tuple[str, list[str], dict[str, str]]:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
        raise ValueError("not a reference")
    arguments = [str(ast.literal_eval(argument)) for argument in node.args]
    return node.func.id, arguments, {k.arg or "": str(ast.literal_eval(k.value)) for k in node.keywords}


def _method(node: ast.Call, grain: str | None, part: str | None) -> tuple[str | None, str | None]:
    name, value = node.func.attr, str(ast.literal_eval(node.args[0]))
    if name == "grain":
        return value, part
    if name == "date_part":
        return grain, value
    raise ValueError(name)


def _granular(sql: str, grain: str | None, part: str | None, text: str) -> str:
    if part:
        if part.lower() not in _DATE_PARTS:
            raise _unreadable(text)
        return f"extract({part.lower()} from {sql})"
    if grain and grain.lower() not in _GRAINS:
        raise _unreadable(text)
    return f"date_trunc('{grain.lower()}', {sql})" if grain and grain.lower() != "day" else sql


def _entity_sql(model: SemanticModelSpec, reference: str) -> str:
    *prefix, name = reference.split("__")
    found = next((entity for entity in model.entities if entity.name == name), None)
    found = found if prefix in ([], [primary_entity(model)]) else None
    if found is None:
        raise DefinitionError(
            "reference",
            f"the filter names the entity `{reference}`, which `{model.name}` does not have",
            f"筛选条件引用了实体 `{reference}`，而 `{model.name}` 没有该实体",
        )
    return column_sql(found)


def _unreadable(text: str) -> DefinitionError:
    return DefinitionError(
        "formula",
        f"the reference `{{{{{text}}}}}` in the filter cannot be read; write "
        f"{{{{ Dimension('<entity>__<dimension>') }}}}",
        f"无法解析筛选条件中的引用 `{{{{{text}}}}}`；请写作 {{{{ Dimension('<实体>__<维度>') }}}}",
    )
