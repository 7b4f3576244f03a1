"""The manifest of a published night: what it was made from, what it holds, and which night came before it.

Each manifest names the SHA-256 of the one before, so that a changed or missing night in the chain is seen.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from publishing.files import sha256_of
from publishing.marts import ExportedDatabase, ExportedMart, ExportedNight

MANIFEST_FILE = "manifest.json"


class ManifestError(Exception):
    """A manifest that is missing, unreadable or does not match the files it describes."""


@dataclass(frozen=True)
class Manifest:
    """One published night. Times are ISO 8601 in UTC.

    `loads` is one row reconciliation per load, `problems` the files that were refused, `definitions` metric →
    version and fingerprint, `findings` the definition findings with the day each was first seen, `checks` the
    results by layer (definition_rules, dbt_tests, expectations), `database` the file that holds all marts.
    """

    run_id: str
    as_of: str
    started: str
    finished: str
    code_version: str
    profile: str
    load_ids: list[str] = field(default_factory=list)
    loads: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    definitions: dict[str, dict[str, Any]] = field(default_factory=dict)
    metric_states: dict[str, str] = field(default_factory=dict)
    held_domains: dict[str, str] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)
    checks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    marts: dict[str, dict[str, Any]] = field(default_factory=dict)
    database: dict[str, Any] = field(default_factory=dict)
    previous_run_id: str | None = None
    previous_manifest_sha256: str | None = None


def mart_entries(exported: Iterable[ExportedMart]) -> dict[str, dict[str, Any]]:
    """The manifest's entry per mart: file, rows, SHA-256, order and, if it was carried, from which run."""
    return {
        mart.name: {key: value for key, value in dataclasses.asdict(mart).items() if key != "name"}
        for mart in exported
    }


def database_entry(database: ExportedDatabase) -> dict[str, Any]:
    """The manifest's entry of the database file: file, SHA-256, and of each mart the months with their rows
    and a number over these; as text, for it has more digits than other readers of JSON keep.
    """
    months = {
        name: [[month and month.isoformat(), rows, str(told)] for month, (rows, told) in partitions.items()]
        for name, partitions in database.held.items()
    }
    return {"file": database.file, "sha256": database.sha256, "months": months}


def exported_night(folder: Path, manifest: Manifest) -> ExportedNight:
    """The night that a manifest describes, with its files in `folder`."""
    marts = {name: _exported_mart(name, entry) for name, entry in manifest.marts.items()}
    database = _exported_database(manifest.database) if manifest.database else None
    return ExportedNight(manifest.run_id, folder, marts, database)


def _exported_mart(name: str, entry: dict[str, Any]) -> ExportedMart:
    return ExportedMart(
        name,
        entry["file"],
        entry["rows"],
        entry["sha256"],
        tuple(entry["grain"]),
        entry.get("partitioned_by"),
        entry.get("carried_from"),
    )


def _exported_database(entry: dict[str, Any]) -> ExportedDatabase:
    held = {
        name: {month and date.fromisoformat(month): (rows, int(told)) for month, rows, told in months}
        for name, months in entry["months"].items()
    }
    return ExportedDatabase(entry["file"], entry["sha256"], held)


def write_manifest(folder: Path, manifest: Manifest) -> Path:
    """Write manifest.json into a run's folder in one step; until then the folder is not a published night."""
    path = folder / MANIFEST_FILE
    text = json.dumps(dataclasses.asdict(manifest), indent=1, ensure_ascii=False, sort_keys=True)
    replace_file(path, text + "\n")
    return path


def read_manifest(folder: Path) -> Manifest:
    """Read a run's manifest."""
    path = folder / MANIFEST_FILE
    try:
        content = json.loads(path.read_text("utf-8"))
        return Manifest(**content)
    except FileNotFoundError:
        raise ManifestError(f"{path} does not exist: {folder.name} was never finished.") from None
    except (json.JSONDecodeError, TypeError) as error:
        raise ManifestError(f"{path} is not a manifest: {error}") from None


def manifest_sha256(folder: Path) -> str:
    """The SHA-256 by which the next night names this one."""
    return sha256_of(folder / MANIFEST_FILE)


def verify(published: Path, run_id: str) -> list[str]:
    """Where a published run differs from its manifest, or the run before it from the one it names."""
    folder = published / run_id
    manifest = read_manifest(folder)
    differences = []
    database = {"database": manifest.database} if manifest.database else {}
    for name, entry in {**manifest.marts, **database}.items():
        file = folder / entry["file"]
        if not file.exists():
            differences.append(f"{name}: {file} is missing.")
        elif sha256_of(file) != entry["sha256"]:
            differences.append(f"{name}: {file} is not the file that was published (its SHA-256 differs).")
    previous = manifest.previous_run_id
    if (
        previous
        and (published / previous / MANIFEST_FILE).exists()
        and manifest_sha256(published / previous) != manifest.previous_manifest_sha256
    ):
        differences.append(
            f"{run_id}: the manifest of the run before it, {previous}, was changed afterwards."
        )
    return differences


def replace_file(path: Path, text: str) -> None:
    """Write a file so that a reader, and a crash, finds the old content or the new one, never half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
