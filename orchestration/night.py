"""One night: what it works on, what it has found so far, and its steps in plain Python. Dagster calls them
in order.

    land each table → check and compile the library → build the warehouse with dbt → expectations → publish

A domain whose source was refused, or whose models failed, is held back: its figures stay as last published
(`stale`) while the other domains refresh.
"""

from __future__ import annotations

import hashlib
import os
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from ingestion.contract import Contract, load_contracts
from ingestion.landing import FileProblem, Landing, TableLanding, land_table, landing_order
from ingestion.profile import Profile, load_profile
from metric_library.compile import DomainState, RunContext
from orchestration import publication
from orchestration.dbt_results import BuildResult, failure_text
from orchestration.expectations import ExpectationRun
from orchestration.held_loads import LoadsAsPublished
from orchestration.home import Home
from orchestration.limits import batch_records, memory_bytes
from orchestration.lock import night_lock
from orchestration.project import (
    INPUTS_MARK,
    MANIFEST,
    StagedProject,
    begun_warehouse,
    build_identity,
    code_version,
    dbt_executable,
    dbt_warehouse,
    inputs_fingerprint,
    parse_if_changed,
    prepare_dbt_environment,
    stage_project,
    staged_project_folder,
)
from orchestration.warehouse import WarehouseCopy, calendar_start, continues, prepare_warehouse
from publishing.manifest import Manifest, read_manifest
from publishing.switch import current_run, remove_unfinished

Report = Callable[..., None]


class NightFailedError(Exception):
    """The night cannot be published; the last published one stays current."""


@dataclass(frozen=True)
class Setup:
    """A warehouse home, a company's profile and the contracts: what every night of that company shares."""

    home: Home
    profile: Profile
    contracts: Mapping[str, Contract]

    @cached_property
    def tables(self) -> list[str]:
        """The tables that the profile fills, each after those it refers to."""
        return landing_order(self.profile, self.contracts)

    @property
    def domains(self) -> set[str]:
        return {contract.domain for contract in self.contracts.values()}


def load_setup(home: Home, profile_folder: Path) -> Setup:
    """Read the profile and the contracts; raises ProfileError with what is wrong and where."""
    profile = load_profile(profile_folder, {"GOLDTHREAD_HOME": str(home.root)})
    return Setup(home, profile, load_contracts())


def prepare_project(setup: Setup, as_of: date) -> Path:
    """The company's dbt project before a night: staged and parsed, if anything it is made from changed."""
    prepare_dbt_environment(setup.home)
    folder = staged_project_folder(setup.home)
    fingerprint = inputs_fingerprint(setup.profile.folder)
    mark = folder / INPUTS_MARK
    if (folder / MANIFEST).exists() and mark.exists() and mark.read_text("utf-8") == fingerprint:
        return folder
    run = RunContext("definitions", as_of, datetime.now(UTC), code_version(), as_of)
    staged = stage_project(
        setup, run, LoadsAsPublished(Landing(setup.home.root), (), ()), DomainState(), None
    )
    parse_if_changed(staged.folder, dbt_executable(setup.home))
    mark.write_text(fingerprint, "utf-8")
    return folder


def default_as_of(profile: Profile) -> date:
    """The day that a night is about: the profile's, else yesterday where the company is."""
    return profile.as_of or (datetime.now(profile.zone) - timedelta(days=1)).date()


def silent(_event: str, **_details: Any) -> None:
    """Report to nobody."""


@dataclass
class Night:
    """The state of one night. `as_of` is the last day that counts; `report` is told what happens.

    A night continues the warehouse of the one before it, and computes what changed; a `full` one builds
    everything anew. `recompute` are the first and last day of a stretch that is computed again in any case.
    """

    setup: Setup
    run_id: str
    as_of: date
    started: datetime
    report: Report = silent
    full: bool = False
    recompute: tuple[date, date] | None = None
    landed: dict[str, TableLanding] = field(default_factory=dict)
    stale: dict[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    builds: list[BuildResult] = field(default_factory=list)
    project: StagedProject | None = None
    published: Manifest | None = None
    docs: Path | None = None
    _stage: tuple[str, float] | None = None
    _copy: WarehouseCopy | None = None

    @property
    def home(self) -> Home:
        return self.setup.home

    @property
    def folder(self) -> Path:
        return self.home.run(self.run_id)

    @property
    def warehouse(self) -> Path:
        """The night's own warehouse file, once dbt has finished with it."""
        return self.folder / "warehouse.duckdb"

    @cached_property
    def landing(self) -> Landing:
        return Landing(self.home.root, memory_bytes=memory_bytes())

    @cached_property
    def expectations(self) -> ExpectationRun:
        return ExpectationRun(self.home.root, self.run_id, self.warehouse)

    @cached_property
    def previous(self) -> Manifest | None:
        """The night that readers see while this one runs."""
        run_id = current_run(self.home.published)
        return read_manifest(self.home.published / run_id) if run_id else None

    @property
    def loads(self) -> LoadsAsPublished:
        """What has landed, as far as tonight may use it."""
        if self.previous is None:
            return LoadsAsPublished(self.landing, (), ())
        return LoadsAsPublished(self.landing, {*self.stale, *self.held}, self.previous.load_ids)

    @property
    def domains(self) -> DomainState:
        """Tonight's domains in trouble, and the published components that stand in for theirs."""
        return DomainState(
            dict(self.stale), dict(self.held), self.published_marts.get("metric_component_daily")
        )

    @property
    def published_marts(self) -> dict[str, Path]:
        """The files of the night that readers see, by mart."""
        if self.previous is None:
            return {}
        folder = self.home.published / self.previous.run_id
        return {name: folder / mart["file"] for name, mart in self.previous.marts.items()}

    def enter(self, stage: str | None) -> None:
        """Begin a stage, and with it end the one before; None ends the last. A stage is entered once."""
        now = time.monotonic()
        if self._stage is not None:
            name, begun = self._stage
            if name == stage:
                return
            self.seconds[name] = round(self.seconds.get(name, 0) + now - begun, 2)
            self.report("stage_finished", stage=name, seconds=self.seconds[name])
        self._stage = (stage, now) if stage else None
        if stage:
            self.report("stage_started", stage=stage)

    def land(self, table: str) -> TableLanding:
        """Land what is new in a table's files. A refused file is told, and its domain goes stale."""
        self.enter("landing")
        self.expectations.start()
        self._begin_copy()
        contract = self.setup.contracts[table]
        landed = land_table(self.setup.profile, contract, self.landing, run_id=self.run_id)
        return self._note(contract, landed)

    def refuse(self, table: str, error: Exception) -> TableLanding:
        """A table that could not be landed: its source stays away, or something is wrong with the landing."""
        traceback.print_exception(error)
        source, _ = self.setup.profile.tables()[table][0]
        file = str(getattr(error, "filename", None) or table)
        message = " ".join(f"{type(error).__name__}: {error}".split())
        problem = FileProblem(table=table, source=source, file=file, message=message, kind="missing")
        return self._note(self.setup.contracts[table], TableLanding(table, problems=[problem]))

    def check_and_compile(self) -> StagedProject:
        """Check the library, and compile it into a new warehouse and the staged project."""
        self.enter("library")
        return self._stage_project()

    def must_build_again(self, build: BuildResult) -> bool:
        """After a build: hold back the domains that failed, so that the others can be built without them.

        Raises NightFailedError where that is no way out: dbt did not start, or what failed is shared by
        domains.
        """
        self.builds.append(build)
        if build.error:
            raise NightFailedError(build.error)
        failed = {name: why for name, why in build.failed_domains.items() if name not in self.held}
        for domain, reason in failed.items():
            self.report("domain_held", domain=domain, reason=reason)
        self.held |= failed
        if shared := build.shared_failures(self.held):
            listed = "; ".join(failure_text(node) for node in shared[:3])
            raise NightFailedError(
                f"Nothing was published, for every domain depends on what failed: {listed}."
            )
        if failed:
            self._stage_project()
        return bool(failed)

    def finish_build(self) -> None:
        """Keep the built warehouse in the night's own folder, and have it looked at."""
        self.folder.mkdir(parents=True, exist_ok=True)
        os.replace(dbt_warehouse(self.home), self.warehouse)
        self.expectations.ask("marts")

    def publish(self) -> Manifest:
        """Export the marts, wait for the expectations, and show the night to readers."""
        self.enter("export")
        exported = publication.export(self)
        self.enter("expectations")
        summaries = self.expectations.summaries()
        self.enter("publication")
        self.published = publication.publish(self, exported, summaries)
        self.report("night_published", run_id=self.run_id)
        self.enter("data_docs")
        self.docs = self.expectations.build_docs()
        self.enter(None)
        return self.published

    def close(self) -> None:
        """Let go of what only this night needs."""
        self.expectations.close()
        if self._copy is not None:
            self._copy.discard()

    def _stage_project(self) -> StagedProject:
        profile, loads = self.setup.profile, self.loads
        start = calendar_start(loads, self.setup.contracts, profile.time_zone, self.as_of)
        identity = build_identity(self.setup, start)
        run = RunContext(
            self.run_id,
            self.as_of,
            self.started,
            code_version(),
            start,
            identity,
            self.recompute,
            batch_records(),
        )
        self.project = stage_project(self.setup, run, loads, self.domains, self.previous)
        target = dbt_warehouse(self.home)
        prepare_warehouse(
            target,
            loads,
            self.setup.contracts,
            self.project.compiled,
            run,
            self._base(identity),
            self.published_marts,
        )
        return self.project

    def _begin_copy(self) -> None:
        """Copy the warehouse of the night which readers see, if tonight's may be built on it; once."""
        if self._copy is None and not self.full and self.previous is not None:
            original = self.home.run(self.previous.run_id) / self.warehouse.name
            if original.exists():
                self._copy = WarehouseCopy(original, begun_warehouse(self.home))

    def _base(self, identity: str) -> Path | None:
        """The warehouse that tonight's begins as, if it can be built on an earlier one."""
        if self.held or self._copy is None or not continues(self._copy.original, identity, self.as_of):
            return None
        return self._copy.finished()

    def _note(self, contract: Contract, landed: TableLanding) -> TableLanding:
        self.landed[contract.table] = landed
        for load in landed.loads_new:
            self.report(
                "file_landed",
                table=contract.table,
                file=load.file,
                rows_read=load.rows_read,
                rows_landed=load.rows_landed,
                rows_quarantined=load.rows_quarantined,
                rows_duplicate=load.rows_duplicate,
            )
        for problem in landed.problems:
            self.report("file_refused", table=contract.table, file=str(problem.file), message=problem.message)
            self.stale.setdefault(contract.domain, f"{problem.file} was refused: {problem.message}")
        return landed


def new_run_id(profile: Profile, as_of: date, started: datetime) -> str:
    """Names a night by its start in UTC, with a few letters that tell two of the same second apart."""
    seed = f"{profile.folder}|{as_of}|{started.isoformat()}|{os.getpid()}"
    return f"{started:%Y%m%dT%H%M%S}-{hashlib.sha256(seed.encode()).hexdigest()[:6]}"


@contextmanager
def open_night(
    setup: Setup,
    *,
    as_of: date | None = None,
    full: bool = False,
    recompute: tuple[date, date] | None = None,
    report: Report = silent,
) -> Iterator[Night]:
    """A new night, alone in its home; what a night before it left half-done is cleared away first.

    Raises NightIsRunningError when another one runs, and AnotherCompanyError when the home is another's.
    """
    started = datetime.now(UTC)
    as_of = as_of or default_as_of(setup.profile)
    run_id = new_run_id(setup.profile, as_of, started)
    night = Night(setup, run_id, as_of, started, report, full, recompute)
    with night_lock(setup.home.lock_file, night.run_id):
        setup.home.belong_to(setup.profile.name)
        prepare_dbt_environment(setup.home)
        remove_unfinished(setup.home.published)
        begun_warehouse(setup.home).unlink(missing_ok=True)
        try:
            yield night
        finally:
            night.close()
