"""What a fact can be filtered and cut by: its own dimensions, and those of the models that it can be joined
to.

A joined dimension goes by MetricFlow's name for it, `account__account_segment`: the fact has the foreign
entity `account`, and one other semantic model has that entity as its key. A dated model (one with
`validity_params`) is joined as of the day on which the record counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from metric_library.expressions import canonical
from metric_library.problems import DefinitionError
from metric_library.spec import Dimension, Entity, Measure, SemanticModelSpec

KEY_TYPES = ("primary", "unique", "natural")


@dataclass(frozen=True)
class Join:
    """The one row of another model that a record names by its `foreign_key`, valid on the record's day.

    `foreign_key` is SQL over the fact's columns; `key`, the bounds of validity and the right-hand sides of
    `columns` are SQL over those of `model`. The left-hand sides of `columns` are the names by which SQL over
    the fact and its joins knows them.
    """

    entity: str
    semantic_model: str
    model: str
    foreign_key: str
    key: str
    columns: tuple[tuple[str, str], ...]
    valid_from: str | None = None
    valid_to: str | None = None

    @property
    def expressions(self) -> tuple[str, ...]:
        """SQL over the joined model's columns, all that the join reads of it."""
        bounds = (bound for bound in (self.valid_from, self.valid_to) if bound)
        return (self.key, *bounds, *(sql for _, sql in self.columns))


@dataclass(frozen=True)
class JoinedSql:
    """SQL over a fact's columns and those of its joins; `sql` is None when there is nothing to say."""

    sql: str | None
    joins: tuple[Join, ...] = ()


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


def dimension_of(model: SemanticModelSpec, name: str) -> Dimension:
    """A dimension of the model; a missing one raises DefinitionError."""
    found = next((dimension for dimension in model.dimensions if dimension.name == name), None)
    if found is None:
        known = ", ".join(sorted(d.name for d in model.dimensions)) or "none"
        raise DefinitionError(
            "reference",
            f"`{model.name}` has no dimension `{name}`; it has: {known}",
            f"`{model.name}` 没有维度 `{name}`；现有：{known}",
        )
    return found


def dimension_sql(model: SemanticModelSpec, name: str) -> str:
    """SQL of a dimension of the model; a missing one raises DefinitionError."""
    return column_sql(dimension_of(model, name))


def column_sql(item: Dimension | Entity) -> str:
    """SQL of a dimension or entity: its expression, or the column of its name."""
    return canonical(item.expr or item.name)


def validity(model: SemanticModelSpec) -> tuple[str | None, str | None]:
    """SQL of a dated row's first day and of the day after its last; both None where rows are not dated."""
    bounds = {
        side: column_sql(dimension)
        for dimension in model.dimensions
        if dimension.type_params and (params := dimension.type_params.validity_params)
        for side in ("is_start", "is_end")
        if getattr(params, side)
    }
    return bounds.get("is_start"), bounds.get("is_end")


def join_of(
    model: SemanticModelSpec, entity: str, name: str, others: Iterable[SemanticModelSpec]
) -> tuple[Join, Dimension]:
    """The join that brings the dimension `name` of the model keyed by `entity`, and that dimension.

    Raises DefinitionError when the fact has no such foreign entity, or not exactly one other model has it as
    its key.
    """
    foreign = next((e for e in model.entities if e.name == entity and e.type == "foreign"), None)
    keyed = [
        (other, key)
        for other in others
        for key in other.entities
        if other.name != model.name and key.name == entity and key.type in KEY_TYPES
    ]
    if foreign is None or not keyed:
        raise _no_join(model, entity, name, others)
    holding = [(other, key) for other, key in keyed if any(d.name == name for d in other.dimensions)]
    if len(holding) > 1:
        names = ", ".join(f"`{other.name}`" for other, _ in holding)
        raise DefinitionError(
            "reference",
            f"`{entity}__{name}` may be that of {names}; rename one",
            f"`{entity}__{name}` 可能指 {names} 中的任一个；请改名",
        )
    other, key = holding[0] if holding else keyed[0]
    dimension = dimension_of(other, name)
    valid_from, valid_to = validity(other)
    join = Join(
        entity=entity,
        semantic_model=other.name,
        model=other.fact,
        foreign_key=column_sql(foreign),
        key=column_sql(key),
        columns=((f"{entity}__{name}", column_sql(dimension)),),
        valid_from=valid_from,
        valid_to=valid_to,
    )
    return join, dimension


def merged(joins: Iterable[Join]) -> tuple[Join, ...]:
    """One join per model with all the columns that any of them brings, in the order of their names."""
    columns: dict[Join, set[tuple[str, str]]] = {}
    for join in joins:
        columns.setdefault(replace(join, columns=()), set()).update(join.columns)
    found = (replace(join, columns=tuple(sorted(names))) for join, names in columns.items())
    return tuple(sorted(found, key=lambda join: (join.entity, join.semantic_model)))


def _no_join(
    model: SemanticModelSpec, entity: str, name: str, others: Iterable[SemanticModelSpec]
) -> DefinitionError:
    own = primary_entity(model)
    keys = {key.name for other in others for key in other.entities if key.type in KEY_TYPES}
    reachable = sorted(keys & {e.name for e in model.entities if e.type == "foreign"})
    listed = ", ".join(f"`{key}__`" for key in reachable)
    joined = f"; joined ones begin with {listed}" if reachable else ""
    joined_zh = f"；关联维度以 {listed} 开头" if reachable else ""
    written = f"{entity}__{name}" if entity else name
    return DefinitionError(
        "reference",
        f"`{written}` cannot be reached from `{model.name}`: its own dimensions are written "
        f"`{own}__<dimension>`{joined}",
        f"从 `{model.name}` 无法引用 `{written}`：自身维度写作 `{own}__<维度>`{joined_zh}",
    )
