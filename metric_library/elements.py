"""Entities and dimensions of a fact by their bare names, as a conversion metric names them."""

from __future__ import annotations

from metric_library.dimensions import column_sql
from metric_library.problems import DefinitionError
from metric_library.spec import SemanticModelSpec


def entity_sql(model: SemanticModelSpec, name: str) -> str:
    """SQL of an entity of the model; a missing one raises DefinitionError."""
    found = next((entity for entity in model.entities if entity.name == name), None)
    if found is None:
        known = ", ".join(sorted(entity.name for entity in model.entities)) or "none"
        raise DefinitionError(
            "reference",
            f"`{model.name}` has no entity `{name}`; it has: {known}",
            f"`{model.name}` 没有实体 `{name}`；现有：{known}",
        )
    return column_sql(found)


def element_sql(model: SemanticModelSpec, name: str) -> str:
    """SQL of a dimension or entity of the model; a missing one raises DefinitionError."""
    found = next((item for item in (*model.dimensions, *model.entities) if item.name == name), None)
    if found is None:
        known = ", ".join(sorted(item.name for item in (*model.dimensions, *model.entities))) or "none"
        raise DefinitionError(
            "reference",
            f"`{model.name}` has neither a dimension nor an entity `{name}`; it has: {known}",
            f"`{model.name}` 没有名为 `{name}` 的维度或实体；现有：{known}",
        )
    return column_sql(found)
