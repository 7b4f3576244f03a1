"""`goldthread refresh`: the nightly job run in this process, with its progress and its summary."""

from __future__ import annotations

import contextlib
import shutil
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.home import Home
from orchestration.instance import open_instance
from orchestration.night import Night, Report, Setup, load_setup, open_night, prepare_project

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult

LOG_FILE = "night.log"
# Failures with a message for people, by class name: Dagster hands errors over as text.
KNOWN_FAILURES = (
    "NightFailedError",
    "PublicationError",
    "ProjectError",
    "ExpectationsError",
    "NightIsRunningError",
)


@dataclass(frozen=True)
class Outcome:
    """How a night ended: its summary, and why it failed if it did."""

    summary: dict[str, Any]
    failure: str | None = None
    log: Path | None = None
    not_well: list[str] = field(default_factory=list)


def refresh(
    home: Home,
    profile_folder: Path,
    *,
    as_of: date | None,
    full: bool,
    report: Report,
    recompute: tuple[date, date] | None = None,
) -> Outcome:
    """One night of a company. Raises ProfileError, SampleError or NightIsRunningError."""
    warnings.simplefilter("ignore")
    setup = load_setup(home, profile_folder)
    with open_night(setup, as_of=as_of, full=full, recompute=recompute, report=report) as night:
        night.folder.mkdir(parents=True, exist_ok=True)
        report("night_started", run_id=night.run_id, as_of=night.as_of, profile=setup.profile.name)
        _write_missing_sample(setup, report)
        with _output_to(night.folder / LOG_FILE):
            return _run(night)


def _run(night: Night) -> Outcome:
    log = night.folder / LOG_FILE
    try:
        night.enter("definitions")
        if night.full:
            forget_parsed_project(night.home)
        project = prepare_project(night.setup, night.as_of)
        result = _execute(night, project)
    except Exception as error:
        traceback.print_exc()
        night.enter(None)
        if type(error).__name__ not in KNOWN_FAILURES:
            return Outcome(summary(night), f"{type(error).__name__}: {error}", log)
        return Outcome(summary(night), str(error), log)
    night.enter(None)
    failure = _failure(result) if night.published is None else None
    return Outcome(summary(night), failure, log, not_well(night))


def _execute(night: Night, project: Path) -> ExecuteInProcessResult:
    from orchestration.defs.nightly import AS_OF_TAG, JOB_NAME, build_definitions

    job = build_definitions(night.setup, project).resolve_job_def(JOB_NAME)
    with open_instance(night.home) as instance:
        return job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            resources={"night": night},
            tags={AS_OF_TAG: night.as_of.isoformat(), "goldthread/run_id": night.run_id},
            run_config={"loggers": {"console": {"config": {"log_level": "WARNING"}}}},
        )


def _failure(result: ExecuteInProcessResult) -> str:
    """Why the first failed step failed, as one message."""
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error:
            error = event.step_failure_data.error
            error = error.cause or error
            print(error.to_string())
            kind, _, message = error.message.strip().partition(": ")
            return message if kind.rpartition(".")[2] in KNOWN_FAILURES else error.message.strip()
    return "The night ended without publishing anything."


def _write_missing_sample(setup: Setup, report: Report) -> None:
    """The sample company's exports, where the profile asks for them and they are not there yet."""
    wanted = setup.profile.generate
    target = setup.profile.data_folder
    if wanted is None or (target.exists() and any(target.iterdir())):
        return
    from ingestion.sample import write_sample

    # Written aside and renamed: a night that is killed while writing leaves no half company behind.
    aside = target.with_name(f".{target.name}.incoming")
    shutil.rmtree(aside, ignore_errors=True)
    write_sample(aside, **wanted)
    if target.exists():
        target.rmdir()
    aside.rename(target)
    report("sample_written", folder=str(target))


@contextlib.contextmanager
def _output_to(log: Path) -> Iterator[None]:
    """What dbt, Dagster and the libraries print goes to the night's log; the terminal shows the progress."""
    with (
        log.open("a", encoding="utf-8", buffering=1) as stream,
        contextlib.redirect_stdout(stream),
        contextlib.redirect_stderr(stream),
    ):
        yield


def forget_parsed_project(home: Home) -> None:
    """Let dbt parse everything anew."""
    shutil.rmtree(home.root / "dbt", ignore_errors=True)


def not_well(night: Night) -> list[str]:
    """What a published night still has against it: domains held back, and checks that failed."""
    held = [f"{domain}: {reason}" for domain, reason in {**night.stale, **night.held}.items()]
    checks = [
        f"{check['name']}: {check['status']}"
        for check in (night.published.checks.get("expectations", ()) if night.published else ())
        if check["status"] == "error" or (check["status"] == "failed" and check["severity"] == "critical")
    ]
    return held + checks


def summary(night: Night) -> dict[str, Any]:
    """What there is to say at the end of a night, published or not."""
    manifest = night.published
    new = [load for landed in night.landed.values() for load in landed.loads_new]
    findings = [one for one in (manifest.findings if manifest else ()) if one["waived_by"] is None]
    return {
        "run_id": night.run_id,
        "as_of": night.as_of.isoformat(),
        "status": "published" if manifest else "failed",
        "files_new": [
            {
                "table": load.table,
                "file": load.file,
                "rows_read": load.rows_read,
                "rows_landed": load.rows_landed,
                "rows_quarantined": load.rows_quarantined,
                "rows_duplicate": load.rows_duplicate,
            }
            for load in new
        ],
        "files_known": sum(len(landed.loads_known) for landed in night.landed.values()),
        "files_refused": [
            {"table": problem.table, "file": problem.file, "message": problem.message}
            for landed in night.landed.values()
            for problem in landed.problems
        ],
        "held_domains": {**night.stale, **night.held},
        "metrics": dict(Counter(manifest.metric_states.values())) if manifest else {},
        "findings": dict(sorted(Counter(one["rule_id"] for one in findings).items())),
        "checks": {
            layer: dict(Counter(check["status"] for check in checks))
            for layer, checks in (manifest.checks if manifest else {}).items()
        },
        "marts": len(manifest.marts) if manifest else 0,
        "seconds": night.seconds,
        "look_next": _look_next(night),
    }


def _look_next(night: Night) -> dict[str, str]:
    places = {"log": night.folder / LOG_FILE}
    if night.published:
        places["published"] = night.home.published / night.run_id
    if any(load.rows_quarantined for landed in night.landed.values() for load in landed.loads_new):
        places["quarantine"] = night.home.root / "quarantine"
    if night.docs:
        places["data_docs"] = night.docs
    return {name: str(place) for name, place in places.items()}
