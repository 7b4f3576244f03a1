"""The dbt project of a company: definitions checked, library compiled, project staged and parsed."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from metric_library.compile import CompiledLibrary, DomainState, RunContext, compile_library
from orchestration.dbt_stage import DBT_OUTPUT, DBT_PROJECT, contract_files, stage_dbt_project
from orchestration.home import PROJECT_ROOT, Home
from orchestration.limits import prepare_limits
from publishing import export
from quality.check import CheckResult, run_check
from quality.rules import RULES

if TYPE_CHECKING:
    from datetime import date

    from ingestion.profile import Profile
    from orchestration.held_loads import LoadsAsPublished
    from orchestration.night import Setup
    from publishing.manifest import Manifest

MANIFEST = Path("target") / "manifest.json"
DBT_CHILD = "orchestration.dbt_child"
PARSED_MARK = "parsed.sha256"
INPUTS_MARK = Path("target") / "inputs.sha256"
# What a staged project is made from: models, contracts, and the code that checks and compiles the library.
PROJECT_INPUTS = ("dbt_project", "ingestion", "metric_library", "quality", "orchestration")


class ProjectError(Exception):
    """dbt does not accept the staged project."""


@dataclass(frozen=True)
class StagedProject:
    """Where the project stands, what the definition rules found, and what the library compiled to."""

    folder: Path
    check: CheckResult
    compiled: CompiledLibrary

    def findings_by_rule(self) -> dict[str, int]:
        """How many findings each rule has that nobody waived; a rule that found nothing has 0."""
        counts = dict.fromkeys((rule.rule_id for rule in RULES), 0)
        for finding in self.check.findings:
            if finding.is_open:
                counts[finding.rule_id] = counts.get(finding.rule_id, 0) + 1
        return counts


def stage_project(
    setup: Setup, run: RunContext, loads: LoadsAsPublished, domains: DomainState, previous: Manifest | None
) -> StagedProject:
    """Check the company's definitions, compile them, and bring the staged dbt project up to date."""
    profile = setup.profile
    check = run_check(profile.folder, as_of=run.as_of, landing=loads)
    compiled = compile_library(
        check.library,
        profile=profile,
        contracts=setup.contracts,
        run=run,
        loads=loads.loads(),
        findings=[
            {**dataclasses.asdict(finding), "file": place_of(finding.file, profile)}
            for finding in check.findings
        ],
        previous=dataclasses.asdict(previous) if previous else None,
        domains=domains,
    )
    metrics = profile.metrics_folder
    folder = stage_dbt_project(
        setup.home.root,
        setup.contracts,
        compiled,
        held_out=check.held_out_files,
        extra_metric_files=sorted(metrics.rglob("*.yml")) if metrics else (),
    )
    return StagedProject(folder, check, compiled)


def place_of(file: Path, profile: Profile) -> str:
    """A file of the project, the profile or the exports by its path from there: the same on every machine."""
    for root in (PROJECT_ROOT, profile.folder, profile.data_folder):
        if file.is_relative_to(root):
            return file.relative_to(root).as_posix()
    return str(file)


def staged_project_folder(home: Home) -> Path:
    """Where the project is staged."""
    return home.root / "dbt" / "project"


def dbt_executable(home: Home) -> str:
    """The dbt of this environment, whatever PATH says, as a program that ends when its parent does."""
    program = home.root / "dbt" / "dbt"
    script = f'#!/bin/sh\nPYTHONPATH="{PROJECT_ROOT}" exec "{sys.executable}" -m {DBT_CHILD} "$@"\n'
    if not program.exists() or program.read_text("utf-8") != script:
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(script, "utf-8")
        program.chmod(0o755)
    return str(program)


def dbt_warehouse(home: Home) -> Path:
    """Where dbt builds. The same place every night: when its connection changes, dbt parses all anew."""
    return home.root / "dbt" / "warehouse.duckdb"


def begun_warehouse(home: Home) -> Path:
    """Where an earlier night's warehouse is copied to, until tonight's begins as it."""
    return dbt_warehouse(home).with_suffix(".base")


def prepare_dbt_environment(home: Home) -> None:
    """The variables that the staged profiles.yml reads. dbt runs in the project's folder: seen from there the
    warehouse has the same place in every home, so that a home that was moved need not be parsed anew.
    """
    os.environ["GOLDTHREAD_WAREHOUSE"] = os.path.relpath(dbt_warehouse(home), staged_project_folder(home))
    prepare_limits()
    os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")


def build_identity(setup: Setup, calendar_start: date) -> str:
    """A SHA-256 over all that a warehouse is built with besides records and definitions: the models' SQL, the
    shape of what is landed and compiled, the company's settings, how marts are written, DuckDB. Only a night
    of the same identity can continue a warehouse.
    """
    profile = setup.profile
    settings = (calendar_start, profile.time_zone, profile.currency, duckdb.__version__)
    digest = hashlib.sha256(repr(settings).encode())
    digest.update(Path(export.__file__).read_bytes())
    shaping = {*DBT_PROJECT.rglob("*.sql"), *DBT_PROJECT.rglob("*__sources.yml")}
    for path in sorted({*shaping, DBT_PROJECT / "dbt_project.yml"}):
        place = path.relative_to(DBT_PROJECT)
        if place.parts[0] not in DBT_OUTPUT:
            digest.update(f"{place}\0".encode() + path.read_bytes())
    for path, text in sorted(contract_files(setup.contracts).items()):
        digest.update(f"{path}\0{text}".encode())
    return digest.hexdigest()


def inputs_fingerprint(profile_folder: Path) -> str:
    """A SHA-256 over names, sizes and times of everything that a staged project is made from."""
    digest = hashlib.sha256(str(profile_folder).encode())
    for root in (*(PROJECT_ROOT / folder for folder in PROJECT_INPUTS), profile_folder):
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            if "__pycache__" not in path.parts:
                status = path.stat()
                digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def parse_if_changed(folder: Path, dbt: str) -> Path:
    """dbt's manifest of a staged project. dbt runs only when a file differs from what was parsed last."""
    target = folder / "target"
    mark, manifest = target / PARSED_MARK, folder / MANIFEST
    fingerprint = project_fingerprint(folder)
    if manifest.exists() and mark.exists() and mark.read_text("utf-8") == fingerprint:
        return manifest
    mark.unlink(missing_ok=True)
    command = [
        dbt,
        "--quiet",
        "parse",
        "--project-dir",
        str(folder),
        "--profiles-dir",
        str(folder),
    ]
    environment = os.environ | {"DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(folder / "logs")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not manifest.exists():
        said = (done.stdout + done.stderr).strip()
        raise ProjectError(f"dbt cannot read the staged project {folder}:\n{said}")
    mark.write_text(fingerprint, "utf-8")
    return manifest


def project_fingerprint(folder: Path) -> str:
    """A SHA-256 over the names and contents of a staged project's files."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        place = path.relative_to(folder)
        if place.parts[0] not in DBT_OUTPUT:
            digest.update(f"{place}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


@cache
def code_version() -> str:
    """The release and, in a checkout, the commit; marked when files differ from it."""
    release = importlib.metadata.version("goldthread")
    described = _git("rev-parse", "--short=12", "HEAD")
    if described is None:
        return release
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return f"{release}+{described}{'.changed' if changed else ''}"


def _git(*arguments: str) -> str | None:
    if not (PROJECT_ROOT / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(PROJECT_ROOT), *arguments], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
