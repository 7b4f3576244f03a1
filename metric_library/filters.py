"""MetricFlow's filters, `{{ Dimension('ticket__is_resolved') }}`, as SQL over the columns of one fact.

A filter may name the fact's own dimensions and entities. What would need a join to another fact, or another
metric's value, is refused with a message, because every component is one pass over one fact.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from metric_library.expressions import canonical, conjunction
from metric_library.problems import DefinitionError
from metric_library.spec import Dimension, Entity, Measure, SemanticModelSpec

_REFERENCE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_GRAINS = {"day", "week", "month", "quarter", "year"}
_DATE_PARTS = {"year", "quarter", "month", "day", "dow", "doy"}


def filter_sql(filters: Iterable[str], model: SemanticModelSpec, date_column: str) -> str | None:
    """All filters joined by AND as canonical SQL over the fact's columns; None when there is none.

    `date_column` stands for MetricFlow's `metric_time`.
    """
    return conjunction(_render(text, model, date_column) for text in filters)


def primary_entity(model: SemanticModelSpec) -> str | None:
    """The entity by which the model's own dimensions are addressed."""
    if model.primary_entity:
        return model.primary_entity
    return next((entity.name for entity in model.entities if entity.type == "primary"), None)


def time_dimension(model: SemanticModelSpec, measure: Measure) -> str:
    """SQL of the date on which a measure counts."""
    name = measure.agg_time_dimension or model.defaults.agg_time_dimension
    if name is None:
        raise DefinitionError(
            "reference",
            f"measure `{measure.name}` has no date: set agg_time_dimension on it or in the defaults "
            f"of `{model.name}`",
            f"度量 `{measure.name}` 没有日期：请为其或 `{model.name}` 的 defaults 设置 agg_time_dimension",
        )
    return dimension_sql(model, name)


def dimension_sql(model: SemanticModelSpec, name: str) -> str:
    """SQL of a dimension of the model; a missing one raises DefinitionError."""
    found = next((dimension for dimension in model.dimensions if dimension.name == name), None)
    if found is None:
        known = ", ".join(sorted(d.name for d in model.dimensions)) or "none"
        raise DefinitionError(
            "reference",
            f"`{model.name}` has no dimension `{name}`; it has: {known}",
            f"`{model.name}` 没有维度 `{name}`；现有：{known}",
        )
    return column_sql(found)


def column_sql(item: Dimension | Entity) -> str:
    """SQL of a dimension or entity: its expression, or the column of its name."""
    return canonical(item.expr or item.name)


def _render(text: str, model: SemanticModelSpec, date_column: str) -> str:
    return _REFERENCE.sub(lambda match: f"({_reference_sql(match.group(1), model, date_column)})", text)


def _reference_sql(text: str, model: SemanticModelSpec, date_column: str) -> str:
    """One reference such as `TimeDimension('order__ordered_on', 'month')` or
    `Dimension('order__x').grain('month')`.
    """
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
        return _entity_sql(model, arguments[0])
    if kind not in ("Dimension", "TimeDimension"):
        raise DefinitionError(
            "formula",
            f"a filter may use Dimension, TimeDimension and Entity, not `{kind}`",
            f"筛选条件可用 Dimension、TimeDimension、Entity，不能用 `{kind}`",
        )
    return _granular(_dimension_reference(model, arguments[0], date_column), grain, part, text)


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


def _dimension_reference(model: SemanticModelSpec, reference: str, date_column: str) -> str:
    *entities, name = reference.split("__")
    if not entities and name == "metric_time":
        return date_column
    if name in _GRAINS and entities:
        *rest, inner = entities
        return _granular(
            _dimension_reference(model, "__".join([*rest, inner]), date_column), name, None, reference
        )
    own = primary_entity(model)
    if entities != [own]:
        raise DefinitionError(
            "reference",
            f"the filter names `{reference}`, but dimensions of `{model.name}` are written "
            f"`{own}__<dimension>`",
            f"筛选条件引用了 `{reference}`，而 `{model.name}` 的维度应写作 `{own}__<维度>`",
        )
    return dimension_sql(model, name)


def _entity_sql(model: SemanticModelSpec, reference: str) -> str:
    name = reference.split("__")[-1]
    found = next((entity for entity in model.entities if entity.name == name), None)
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
