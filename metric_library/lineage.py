"""Where each figure comes from, as edges from the metric down to the files.

metric → metric and measure → component → column of a fact → fact → upstream models → canonical table and
its column → source system → file pattern. An edge leads from what is nearer to the strategy to what is
nearer to the source; goals and carriers join at the metric from the strategy tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from metric_library.dbt_models import table_of
from metric_library.expressions import columns_of
from metric_library.library import Library
from metric_library.normal_form import (
    Component,
    Conversion,
    components_of,
    forms_of,
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
            read = component_columns(component)
            facts |= {fact for fact, _ in read}
            columns |= set(read)
            edges.update(_component_edges(component))
    parents = _parents(parent_map) if parent_map else None
    edges.update(_model_edges(library, facts, parents))
    edges.update(_column_edges(library, columns))
    if profile is not None:
        edges.update(_source_edges(profile, {e.to_id for e in edges if e.to_type == "table"}))
    return sorted(edges)


def component_columns(component: Component) -> tuple[tuple[str, str], ...]:
    """(model, column) pairs that a component reads, of its joins and conversions too, sorted."""
    conversion = component.conversion
    texts = [component.filter, component.date_column]
    if conversion is None:
        return tuple(sorted(_columns_read(component, [*texts, component.expression])))
    base = _columns_read(component, [*texts, *(side for side, _ in conversion.matched)])
    own = [conversion.expression, conversion.filter, conversion.date_column]
    return tuple(sorted(base | _columns_read(conversion, [*own, *(side for _, side in conversion.matched)])))


def _columns_read(part: Component | Conversion, texts: Iterable[str | None]) -> set[tuple[str, str]]:
    """(model, column) pairs of SQL over a fact and its joins."""
    keys = (join.foreign_key for join in part.joins)
    own = {column for text in (*texts, *keys) if text for column in columns_of(text)}
    joined = {(join.model, c) for join in part.joins for text in join.expressions for c in columns_of(text)}
    return joined | {
        (part.fact, column) for column in own - {name for join in part.joins for name, _ in join.columns}
    }


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
    for part in forms_of(form):
        for role, terms in (("numerator", part.numerator), ("denominator", part.denominator)):
            for term in terms:
                yield Edge(
                    "metric", name, "component", term.component.component_id, role, str(term.coefficient)
                )
                if term.per:
                    yield Edge("metric", name, "component", term.per.component_id, "per", role)


def _component_edges(component: Component) -> Iterator[Edge]:
    identity = component.component_id
    parts = [part for part in (component, component.conversion) if part]
    joins = [join for part in parts for join in part.joins]
    joined = {join.model for join in joins}
    for model, column in component_columns(component):
        how = "joined" if model in joined else component.aggregation
        yield Edge("component", identity, "column", f"{model}.{column}", "reads", how)
    for join in joins:
        yield Edge("component", identity, "model", join.model, "joined_with", join.foreign_key)
    for part in parts:
        measure = f"{part.semantic_model}.{part.measure}"
        yield Edge("measure", measure, "component", identity, "filtered", part.filter or "")
        yield Edge("component", identity, "model", part.fact, "measured_on", part.date_column)


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
    lineage = library.column_lineage
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
