"""Where each figure comes from, as edges from the metric down to the files.

metric → metric and measure → component → column of a fact → fact → upstream models → canonical table and
its column → source system → file pattern. An edge leads from what is nearer to the strategy to what is
nearer to the source; goals and carriers join at the metric from the strategy tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from metric_library.column_lineage import ColumnLineage
from metric_library.dbt_models import table_of
from metric_library.expressions import columns_of
from metric_library.library import Library
from metric_library.normal_form import (
    Component,
    NormalForm,
    components_of,
    models_of,
    reduce_metric,
)

if TYPE_CHECKING:
    from ingestion.profile import Profile


class Edge(NamedTuple):
    """One step down the lineage."""

    from_type: str
    from_id: str
    to_type: str
    to_id: str
    kind: str
    detail: str


def lineage_edges(
    library: Library, profile: Profile | None = None, parent_map: Mapping[str, Sequence[str]] | None = None
) -> list[Edge]:
    """All edges, sorted and each once.

    `parent_map` is that of dbt's manifest; without it the models' own `ref()` are read. A profile adds the
    source systems and files of its tables.
    """
    edges: set[Edge] = set()
    facts: set[str] = set()
    columns: set[tuple[str, str]] = set()
    for name in library.definitions:
        if name in library.held_out:
            continue
        edges.update(_definition_edges(library, name))
        for component in components_of(library, name) if name in library.metrics else ():
            facts |= {component.fact, *(join.model for join in component.joins)}
            columns |= set(component_columns(component))
            edges.update(_component_edges(component))
    parents = _parents(parent_map) if parent_map else None
    edges.update(_model_edges(library, facts, parents))
    edges.update(_column_edges(library, columns))
    if profile is not None:
        edges.update(_source_edges(profile, {e.to_id for e in edges if e.to_type == "table"}))
    return sorted(edges)


def component_columns(component: Component) -> tuple[tuple[str, str], ...]:
    """(model, column) pairs that a component reads, of its fact and of what it is joined to, sorted."""
    keys = (join.foreign_key for join in component.joins)
    texts = (component.expression, component.filter, component.date_column, *keys)
    joined = {name for join in component.joins for name, _ in join.columns}
    own = {column for text in texts if text for column in columns_of(text)} - joined
    return tuple(
        sorted(
            {(component.fact, column) for column in own}
            | {
                (join.model, column)
                for join in component.joins
                for text in join.expressions
                for column in columns_of(text)
            }
        )
    )


def needed_tables(library: Library, fact: str) -> tuple[str, ...]:
    """Canonical tables that a fact is built from, by the `ref()` of its SQL, sorted."""
    return library.dbt_models.tables(fact)


def domains_of(library: Library, metric_id: str) -> tuple[str, ...]:
    """Domains whose records a metric is measured on, sorted."""
    return tuple(sorted({library.dbt_models.domain(model) for model in models_of(library, metric_id)}))


def _definition_edges(library: Library, name: str) -> Iterator[Edge]:
    metric = library.definitions[name]
    roles = {0: "numerator", 1: "denominator"} if metric.spec.type == "ratio" else {}
    for position, reference in enumerate(metric.spec.inputs):
        yield Edge("metric", name, "metric", reference.name, "input", roles.get(position, ""))
    for reference in metric.spec.measures:
        model, measure = library.measures[reference.name]
        yield Edge("metric", name, "measure", f"{model.name}.{measure.name}", "measures", measure.agg)
    form = reduce_metric(library, name)
    if name not in library.metrics:
        return
    if isinstance(form, NormalForm):
        for role, terms in (("numerator", form.numerator), ("denominator", form.denominator)):
            for term in terms:
                yield Edge(
                    "metric", name, "component", term.component.component_id, role, str(term.coefficient)
                )
                if term.per:
                    yield Edge("metric", name, "component", term.per.component_id, "per", role)
    elif form.component:
        yield Edge("metric", name, "component", form.component.component_id, "direct", form.reason)


def _component_edges(component: Component) -> Iterator[Edge]:
    measure = f"{component.semantic_model}.{component.measure}"
    yield Edge("measure", measure, "component", component.component_id, "filtered", component.filter or "")
    for model, column in component_columns(component):
        yield Edge(
            "component",
            component.component_id,
            "column",
            f"{model}.{column}",
            "reads",
            component.aggregation if model == component.fact else "joined",
        )
    for join in component.joins:
        yield Edge("component", component.component_id, "model", join.model, "joined_with", join.foreign_key)
    yield Edge(
        "component", component.component_id, "model", component.fact, "measured_on", component.date_column
    )


def _model_edges(
    library: Library, facts: set[str], parents: Mapping[str, tuple[str, ...]] | None
) -> Iterator[Edge]:
    models = library.dbt_models
    pending, seen = sorted(facts), set()
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        if table := table_of(name):
            yield Edge("model", name, "table", table, "stages", "")
            continue
        for parent in (parents or {}).get(name, ()) if parents is not None else models.inputs(name):
            yield Edge("model", name, "model", parent, "built_from", "")
            pending.append(parent)


def _parents(parent_map: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """dbt's parent_map by model name, models only."""
    return {
        child.split(".")[-1]: tuple(sorted(p.split(".")[-1] for p in parents if p.startswith("model.")))
        for child, parents in parent_map.items()
        if child.startswith("model.")
    }


def _column_edges(library: Library, columns: set[tuple[str, str]]) -> Iterator[Edge]:
    lineage = ColumnLineage(library.dbt_models)
    for fact, column in sorted(columns):
        yield Edge("column", f"{fact}.{column}", "model", fact, "column_of", "")
        for table, source_column in lineage.landed(fact, column):
            identity = f"{table}.{source_column}"
            yield Edge("column", f"{fact}.{column}", "table_column", identity, "derived_from", "")
            yield Edge("table_column", identity, "table", table, "column_of", "")


def _source_edges(profile: Profile, tables: set[str]) -> Iterator[Edge]:
    for table, mappings in sorted(profile.tables().items()):
        if table not in tables:
            continue
        for source, mapping in mappings:
            yield Edge("table", table, "source", source, "exported_by", profile.name)
            for pattern in mapping.path:
                yield Edge("source", source, "file", pattern, "holds", table)
