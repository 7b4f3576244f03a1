"""Starter packs: the parts of the shipped library that a company uses.

A metric says under `kpi.packs` which packs bring it, and a profile under `starter_packs` which packs it has.
A metric of other packs is not there at all for the company, unless one that is there is made of it; one
without packs is there for every company. Building blocks come and go with the metrics made of them.

    switched_on(library, ("sales", "hr")).metrics
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ingestion.profile import StarterPack
from metric_library.library import Library
from metric_library.spec import Kpi


def switched_on(library: Library, packs: Collection[StarterPack] | None) -> Library:
    """The library of a company with these packs; None stands for all of them."""
    if packs is None:
        return library
    inputs = {name for metric_id in library.definitions for name in library.inputs_of(metric_id)}
    wanted = {
        name
        for name, metric in library.definitions.items()
        if (_is_in(packs, metric.kpi) if metric.kpi else name not in inputs)
    }
    dropped = library.definitions.keys() - _with_inputs(library, wanted)
    return replace(
        library,
        definitions={name: m for name, m in library.definitions.items() if name not in dropped},
        problems=tuple(p for p in library.problems if p.metric_id not in dropped),
        held_out={name: held for name, held in library.held_out.items() if name not in dropped},
        switched_off_files=frozenset(
            metric.file for name in dropped if (metric := library.definitions[name]).path[0] == "metrics"
        ),
    )


def _is_in(packs: Collection[StarterPack], kpi: Kpi) -> bool:
    return not kpi.packs or any(pack in packs for pack in kpi.packs)


def _with_inputs(library: Library, names: Collection[str]) -> set[str]:
    """Metrics and all that they are made of."""
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in found and name in library.definitions:
            found.add(name)
            pending += library.inputs_of(name)
    return found
