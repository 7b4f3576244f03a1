"""The version of each metric, counted from the definitions that were published last.

A moved fingerprint is a new major version: its figures are not comparable with the older ones. A moved
wording is a minor one. Nobody types a version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from metric_library.fingerprint import fingerprint, wording_hash
from metric_library.library import Library


@dataclass(frozen=True)
class Version:
    """A metric's version with the two hashes that it stands for, and what changed since the one before."""

    version: str
    fingerprint: str
    wording_hash: str
    change: Literal["first", "major", "minor", "none"]


def next_versions(library: Library, previous: Mapping[str, Mapping[str, str]]) -> dict[str, Version]:
    """Versions of all KPIs that are not held out.

    `previous` is the `definitions` of the last manifest: {metric_id: {version, fingerprint, wording_hash}}.
    A metric that is held out tonight keeps its entry there until it can be read again.
    """
    return {
        metric_id: next_version(
            fingerprint(library, metric_id), wording_hash(library, metric_id), previous.get(metric_id)
        )
        for metric_id in library.computable
    }


def next_version(new_fingerprint: str, new_wording: str, previous: Mapping[str, str] | None) -> Version:
    """The version that follows `previous`, or 1.0."""
    if previous is None:
        return Version("1.0", new_fingerprint, new_wording, "first")
    major, minor = (int(part) for part in previous["version"].split("."))
    if previous["fingerprint"] != new_fingerprint:
        return Version(f"{major + 1}.0", new_fingerprint, new_wording, "major")
    if previous["wording_hash"] != new_wording:
        return Version(f"{major}.{minor + 1}", new_fingerprint, new_wording, "minor")
    return Version(previous["version"], new_fingerprint, new_wording, "none")
