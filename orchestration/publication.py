"""The end of a night: export the marts, write the manifest, switch readers over."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from metric_library.versions import next_versions
from orchestration.child import ChildLostError, in_child
from orchestration.limits import MEMORY_VARIABLE, duckdb_limits
from orchestration.project import MANIFEST, code_version
from publishing.export import export_marts
from publishing.manifest import (
    Manifest,
    database_entry,
    exported_night,
    manifest_sha256,
    mart_entries,
    write_manifest,
)
from publishing.marts import ExportedNight, published_marts
from publishing.switch import apply_retention, switch_to
from quality.expectations.suite import Summary

if TYPE_CHECKING:
    from orchestration.night import Night

# Without these there is no night to show; any other mart can stand in from the night before.
INDISPENSABLE = {"metric_value", "dim_metric", "metric_term", "goal_path", "lineage_edge", "run_info"}
RUN_FOLDERS_KEPT = 3


class PublicationError(Exception):
    """A night that cannot be shown to readers."""


def export(night: Night) -> ExportedNight:
    """Write the marts and the database file into the night's published folder; what was not built is carried
    over from the night before.
    """
    marts = published_marts(json.loads((night.project.folder / MANIFEST).read_bytes()))
    folder, limits = night.home.published / night.run_id, duckdb_limits()
    try:
        exported = in_child(
            export_marts, night.warehouse, marts, folder, limits=limits, before=_published_before(night)
        )
    except ChildLostError as error:
        raise PublicationError(
            f"Nothing was published: the process that writes the marts was killed ({error}). Where it lacked "
            f"memory, lower {MEMORY_VARIABLE} (now {limits['memory_limit']})."
        ) from error
    if lost := sorted(
        INDISPENSABLE - {name for name, mart in exported.marts.items() if not mart.carried_from}
    ):
        raise PublicationError(f"The build left out {', '.join(lost)}; nothing was published.")
    return exported


def publish(night: Night, exported: ExportedNight, summaries: list[Summary]) -> Manifest:
    """Write the manifest and show the night to readers; then let go of the oldest nights."""
    published = night.home.published
    folder = published / night.run_id
    manifest = _manifest(night, exported, summaries)
    write_manifest(folder, manifest)
    switch_to(published, night.run_id)
    apply_retention(published)
    _drop_old_run_folders(night)
    return manifest


def _published_before(night: Night) -> ExportedNight | None:
    previous = night.previous
    return exported_night(night.home.published / previous.run_id, previous) if previous else None


def _manifest(night: Night, exported: ExportedNight, summaries: list[Summary]) -> Manifest:
    loads = night.loads.loads()
    previous = night.previous
    return Manifest(
        run_id=night.run_id,
        as_of=night.as_of.isoformat(),
        started=_utc(night.started),
        finished=_utc(datetime.now(UTC)),
        code_version=code_version(),
        profile=night.setup.profile.folder.name,
        load_ids=sorted(load.load_id for load in loads),
        loads=[_reconciliation(load) for load in loads],
        problems=[
            {"table": problem.table, "file": problem.file, "kind": problem.kind, "message": problem.message}
            for landed in night.landed.values()
            for problem in landed.problems
        ],
        definitions=_definitions(night),
        metric_states=_metric_states(night.warehouse),
        held_domains={**night.stale, **night.held},
        findings=_findings(night),
        checks=_checks(night, summaries),
        marts=mart_entries(exported.marts.values()),
        database=database_entry(exported.database),
        previous_run_id=previous.run_id if previous else None,
        previous_manifest_sha256=(
            manifest_sha256(night.home.published / previous.run_id) if previous else None
        ),
    )


def _reconciliation(load: Any) -> dict[str, Any]:
    kept = ("load_id", "table", "source", "file", "file_sha256")
    counted = ("rows_read", "rows_landed", "rows_quarantined", "rows_duplicate", "rows_deleted")
    return {key: getattr(load, key) for key in (*kept, *counted)}


def _definitions(night: Night) -> dict[str, dict[str, Any]]:
    """Version and fingerprint of every metric; one that cannot be read tonight keeps what it had."""
    before = night.previous.definitions if night.previous else {}
    versions = next_versions(night.project.check.library, before)
    return {**before, **{name: dataclasses.asdict(version) for name, version in versions.items()}}


def _metric_states(warehouse: Path) -> dict[str, str]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            "SELECT metric_id, state FROM marts.dim_metric ORDER BY metric_id"
        ).fetchall()
    return dict(rows)


def _findings(night: Night) -> list[dict[str, Any]]:
    rows = night.project.compiled.tables["definition_finding"].to_dicts()
    return [
        {key: value.isoformat() if isinstance(value, date) else value for key, value in row.items()}
        for row in rows
    ]


def _checks(night: Night, summaries: list[Summary]) -> dict[str, list[dict[str, Any]]]:
    """Every check of the night by layer, each with its result; a rule has as many failures as findings."""
    return {
        "definition_rules": [
            {"name": rule, "status": "failed" if count else "passed", "failures": count}
            for rule, count in night.project.findings_by_rule().items()
        ],
        "dbt_tests": [
            {
                "name": node.name,
                "status": node.status,
                "severity": node.severity,
                "domain": node.domain,
                "failures": node.failures,
            }
            for node in _last_or_failed(night)
        ],
        "expectations": [
            {
                "layer": summary.layer,
                "name": f"{suite.name}.{one.name}",
                "status": one.status,
                "severity": one.severity,
                "domain": suite.domain,
                "failures": one.unexpected,
            }
            for summary in summaries
            for suite in summary.suites
            for one in suite.expectations
        ],
    }


def _last_or_failed(night: Night) -> list[Any]:
    """Each test of the last build; one that failed in the build before it counts as failed."""
    tests = {node.unique_id: node for node in night.builds[-1].nodes if node.kind == "test"}
    for build in night.builds[:-1]:
        tests |= {node.unique_id: node for node in build.failed if node.kind == "test"}
    return [tests[unique_id] for unique_id in sorted(tests)]


def _drop_old_run_folders(night: Night) -> None:
    """Warehouse files are large and can be rebuilt: keep the last few; logs and results stay."""
    folders = sorted(path for path in night.home.runs.glob("*/") if path.is_dir())
    for folder in folders[:-RUN_FOLDERS_KEPT]:
        (folder / night.warehouse.name).unlink(missing_ok=True)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
