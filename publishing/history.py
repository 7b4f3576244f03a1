"""A metric's definition over the published nights: which versions there were, and how two of them differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from publishing.manifest import read_manifest
from publishing.reader import UnknownNameError, open_night
from publishing.switch import published_runs

# What changes from night to night without being part of the definition.
NOT_THE_DEFINITION = {"state", "state_reason", "findings", "file", "terms"}


def published_versions(published: Path, metric_id: str) -> dict[str, str]:
    """Version → the last published night that shows it, oldest version first."""
    versions: dict[str, str] = {}
    for run_id in published_runs(published):
        known = read_manifest(published / run_id).definitions.get(metric_id)
        if known:
            versions[known["version"]] = run_id
    return versions


def nights_of_versions(published: Path, metric_id: str, *wanted: str) -> list[str]:
    """The last published night of each version. Raises UnknownNameError for one that no night shows."""
    versions = published_versions(published, metric_id)
    for version in wanted:
        if version not in versions:
            kept = ", ".join(versions) or "none"
            raise UnknownNameError(
                f"No published night shows version '{version}' of '{metric_id}'. Kept are: {kept}."
            )
    return [versions[version] for version in wanted]


def version_differences(published: Path, metric_id: str, first: str, second: str) -> list[dict[str, Any]]:
    """What differs between two versions: one entry per field with its value in each."""
    runs = nights_of_versions(published, metric_id, first, second)
    before, after = (_definition(published, run_id, metric_id) for run_id in runs)
    return [
        {"field": field, "before": before.get(field), "after": after.get(field)}
        for field in sorted({*before, *after} - NOT_THE_DEFINITION)
        if before.get(field) != after.get(field)
    ]


def _definition(published: Path, run_id: str, metric_id: str) -> dict[str, Any]:
    with open_night(published, run_id=run_id) as night:
        definition = night.metric(metric_id)
    terms = [
        f"{term['role']}: {term['coefficient']} × {term['component_id']}" for term in definition["terms"]
    ]
    return {**definition, "normal_form": "; ".join(sorted(terms))}
