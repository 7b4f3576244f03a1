"""What one night computes of the slices: their compiled table, and the generated dbt models.

As with components, one model per semantic model reads its fact once for each date and dimension; the rest is
the same for every company. Slices that rest on a held domain are carried as last published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from metric_library.dimensions import merged
from metric_library.leaf_groups import at_once
from metric_library.normal_form import Component
from metric_library.requirements import Connected, unmet
from metric_library.slices import Slice, slices_of

if TYPE_CHECKING:
    from metric_library.compile import DomainState
    from metric_library.library import Library

FOLDER = Path("marts/metrics/slices")
LEAF_CONFIG = "{{ config(materialized='touched', touched=touched_days(), in_batches=false) }}\n"
Sliced = dict[tuple[str, str], tuple[Slice, ...]]  # metric and dimension → its components so sliced


def connected_slices(library: Library, metric_ids: Iterable[str], connected: Connected) -> Sliced:
    """What the sources allow of the slices of these metrics: by what nobody fills nothing is sliced."""
    found: dict[tuple[str, str], list[Slice]] = defaultdict(list)
    for metric_id in metric_ids:
        for part in slices_of(library, metric_id):
            found[metric_id, part.dimension].append(part)
    return {
        key: tuple(parts)
        for key, parts in found.items()
        if not unmet((need for part in parts for need in part.needs), connected)
    }


def slice_rows(slices: Sliced, domains: DomainState) -> list[dict[str, Any]]:
    """One row per metric and dimension that is sliced tonight."""
    return [
        {"metric_id": metric_id, "dimension": dimension}
        for (metric_id, dimension), parts in slices.items()
        if not _is_held(parts, domains)
    ]


def sliced_tonight(slices: Sliced, domains: DomainState) -> list[Slice]:
    """The components that are sliced from records, by each of their dimensions."""
    return [part for parts in slices.values() if not _is_held(parts, domains) for part in parts]


def slice_models(
    slices: Sliced, domains: DomainState, addend: Callable[[Component], dict[str, Any]]
) -> dict[str, str]:
    """Generated dbt files: slices per semantic model, their union, what is carried, and the properties.

    `addend` says what a record adds to a component.
    """
    by_model: dict[str, set[Slice]] = defaultdict(set)
    for part in sliced_tonight(slices, domains):
        by_model[part.component.semantic_model].add(part)
    names = {model: f"metric_slice__{model}" for model in sorted(by_model)}
    carried = [key for key, parts in slices.items() if _is_held(parts, domains)]
    # Without anything to carry no night is named, or dbt would parse the file anew every night.
    published = _published(domains) if carried else None
    texts = {names[model]: _leaves(by_model[model], addend) for model in names}
    texts["metric_slice_daily"] = f"{{{{ union_of_slice_leaves({list(names.values())!r}) }}}}\n"
    texts["metric_slice_as_published"] = f"{{{{ slices_as_published({published!r}, {carried!r}) }}}}\n"
    files = {str(FOLDER / f"{name}.sql"): text for name, text in texts.items()}
    return {**files, str(FOLDER / "_slices__models.yml"): _properties(names)}


def _is_held(parts: Iterable[Slice], domains: DomainState) -> bool:
    return any(domains.held.keys() & part.domains for part in parts)


def _published(domains: DomainState) -> str | None:
    """The file with the slices as last published, if there is one."""
    file = domains.published_components and domains.published_components.with_name("metric_slice.parquet")
    return str(file) if file and file.exists() else None


def _leaves(members: set[Slice], addend: Callable[[Component], dict[str, Any]]) -> str:
    groups: dict[tuple[str, str, str, bool], list[Slice]] = defaultdict(list)
    for part in sorted(members, key=lambda p: (p.dimension, p.component.component_id)):
        is_stock = part.component.time_aggregation != "sum"
        groups[part.component.date_column, part.dimension, part.sql, is_stock].append(part)
    listed = [
        {
            "date_column": date_column,
            "dimension": dimension,
            "dimension_sql": sql,
            "is_stock": is_stock,
            "joins": [asdict(join) for join in merged(j for part in parts for j in part.joins)],
            "components": [addend(part.component) for part in parts],
        }
        for (date_column, dimension, sql, is_stock), group in sorted(groups.items())
        for parts in at_once(group)
    ]
    component = next(iter(members)).component
    leaves = f"{{{{ slice_leaves({component.fact!r}, {component.attribution!r}, {listed!r}) }}}}\n"
    return LEAF_CONFIG + leaves


def _properties(names: Mapping[str, str]) -> str:
    leaf = "One row per component, dimension, value, day and org unit"
    models = [
        {"name": name, "description": f"{leaf}: the slices measured on {model}."}
        for model, name in names.items()
    ]
    models += [
        {
            "name": "metric_slice_daily",
            "description": f"{leaf}: all slices.",
            "config": {"materialized": "view"},
        },
        {
            "name": "metric_slice_as_published",
            "description": "One row per metric, dimension, value, subject and period: slices that rest on a "
            "domain held back tonight, as last published.",
            "config": {"materialized": "view"},
        },
    ]
    return yaml.safe_dump({"version": 2, "models": models}, sort_keys=False, allow_unicode=True, width=120)
