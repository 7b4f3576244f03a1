"""What a measure needs from the sources, and what a profile lacks.

A semantic model states under `config.meta.requires` what its fact cannot be without, and a measure what it
needs beyond that: a canonical table (`sales.orders`) or one of its columns (`sales.orders.committed_on`);
`a | b` is met by either. A profile meets a table by mapping it and a column by mapping that column. A
metric with an unmet need is `not_computable`, by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingestion.contract import Contract
    from ingestion.profile import Profile
    from metric_library.dimensions import Join
    from metric_library.library import Library
    from metric_library.normal_form import Component, Conversion

Connected = Mapping[str, frozenset[str]]


def connected_columns(profile: Profile, contracts: Mapping[str, Contract]) -> Connected:
    """Canonical table → the columns that some source of the profile fills."""
    connected: dict[str, frozenset[str]] = {}
    for table, mappings in profile.tables().items():
        columns: set[str] = set()
        for _, mapping in mappings:
            columns |= set(contracts[table].columns if mapping.columns is None else mapping.columns)
        connected[table] = frozenset(columns)
    return connected


def requirements(library: Library, component: Component) -> tuple[str, ...]:
    """What the component's semantic model, measure and joined models say they need, and those of its
    conversions.
    """
    parts = (component, component.conversion)
    needs = [need for part in parts if part for need in _needs(library, part)]
    for join in (join for part in parts if part for join in part.joins):
        needs += [need for config in _joined_configs(library, join) for need in stated_needs(config)]
    return tuple(dict.fromkeys(needs))


def _needs(library: Library, part: Component | Conversion) -> tuple[str, ...]:
    model = library.semantic_models[part.semantic_model].spec
    measure = next(m for m in model.measures if m.name == part.measure)
    return (*stated_needs(model.config), *stated_needs(measure.config))


def _joined_configs(library: Library, join: Join) -> Iterator[Mapping[str, Any]]:
    """What a joined model says of itself, and of the dimensions that are read."""
    model = library.semantic_models[join.semantic_model].spec
    read = {name for name, _ in join.columns}
    yield model.config
    yield from (d.config for d in model.dimensions if f"{join.entity}__{d.name}" in read)


def unmet(needs: Iterable[str], connected: Connected) -> tuple[str, ...]:
    """The needs that no source of the profile meets, in the order given and each once."""
    return tuple(dict.fromkeys(need for need in needs if not _is_met(need, connected)))


def stated_needs(config: Mapping[str, Any]) -> list[str]:
    """The needs that a `config` block states."""
    return list(config.get("meta", {}).get("requires", []))


def _is_met(need: str, connected: Connected) -> bool:
    return any(_is_connected(option.strip(), connected) for option in need.split("|"))


def _is_connected(option: str, connected: Connected) -> bool:
    domain, table, *column = option.split(".")
    columns = connected.get(f"{domain}.{table}")
    return columns is not None and set(column) <= columns
