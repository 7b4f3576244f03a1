"""Nights that the tests look at, each built once for a whole test run, whichever worker asks first."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.home import PROJECT_ROOT
from publishing.database import DATABASE_FILE
from publishing.switch import current_run


@dataclass(frozen=True)
class Night:
    """A home with one published night, read as anybody would read it. Tests leave it as it is."""

    home: Path

    @property
    def folder(self) -> Path:
        """What was published."""
        run = current_run(self.home / "published")
        assert run is not None
        return self.home / "published" / run

    @property
    def warehouse(self) -> Path:
        """The file that dbt built: staging, facts, components and marts."""
        [file] = self.home.glob("runs/*/warehouse.duckdb")
        return file

    @property
    def project(self) -> Path:
        """The dbt project that it was built from."""
        return self.home / "dbt" / "project"

    def rows(self, sql: str, *values: object) -> list[tuple]:
        """Rows of a query over the published marts, which stand in schema `marts`."""
        with duckdb.connect(str(self.folder / DATABASE_FILE), read_only=True) as connection:
            return connection.execute(sql, list(values)).fetchall()

    def figures(self, metric: str, subject_type: str, grain: str) -> dict[tuple[str, date], Decimal]:
        """The values of a metric that have one, by subject and start of period."""
        found = self.rows(
            """
            select subject_id, period_start, value from marts.metric_value
            where metric_id = ? and subject_type = ? and period_grain = ? and state = 'ok'
            """,
            metric,
            subject_type,
            grain,
        )
        return {(subject, start): value for subject, start, value in found}


class SharedFolder:
    """A folder that all workers of a test run have in common; what one of them built there, all take."""

    def __init__(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        own = tmp_path_factory.getbasetemp()
        self.path = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def built(self, name: str, build: Callable[[Path], None]) -> Path:
        """The folder `name`, filled by `build` the first time that anybody asks; meanwhile others wait."""
        folder, done = self.path / name, self.path / f"{name}.done"
        with (self.path / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                build(folder)
                done.touch()
        return folder

    def night(self, name: str, profile: Path) -> Night:
        """The night of a profile in a home called `name`."""
        return Night(self.built(name, lambda home: publish(profile, home)))


def publish(profile: Path, home: Path) -> None:
    """Run a night as the command line does; it may have findings, and holds nothing back."""
    done = subprocess.run(
        [sys.executable, "-m", "orchestration", "refresh", "--profile", str(profile)],
        env=os.environ | {"GOLDTHREAD_HOME": str(home)},
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    assert done.returncode in (0, 1), said
    assert "Held back" not in done.stdout, said
