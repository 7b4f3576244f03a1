"""A small company with one published night; each test works on a copy of its home."""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from orchestration.home import PROJECT_ROOT, SAMPLE_PROFILE
from publishing.manifest import read_manifest
from publishing.switch import current_run

PEOPLE, YEARS, UNTIL = 100, 1, date(2026, 6, 30)


@dataclass(frozen=True)
class Warehouse:
    """A home and a profile, and the real program over them."""

    home: Path
    profile: Path

    @property
    def exports(self) -> Path:
        return self.home / "sample"

    @property
    def manifest(self):
        return read_manifest(self.home / "published" / current_run(self.home / "published"))

    @property
    def current(self) -> str | None:
        return current_run(self.home / "published")

    def start(self, *arguments):
        """The program as a process whose output is read line by line."""
        return subprocess.Popen(
            [sys.executable, "-m", "orchestration", *arguments],
            cwd=PROJECT_ROOT,
            env=os.environ | {"GOLDTHREAD_HOME": str(self.home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments):
        process = self.start(*arguments)
        process.output, process.errors = process.communicate()
        return process

    def refresh(self, *arguments):
        """A night to its end; returns the exit code and the events, of which the last is the summary."""
        done = self.run("refresh", "--profile", str(self.profile), "--json", *arguments)
        events = [json.loads(line) for line in done.output.splitlines()]
        assert events, done.errors
        return done.returncode, events, done.errors

    def refresh_killed_at(self, moment, *arguments):
        """A night that is killed as soon as it tells of an event with these details."""
        process = self.start("refresh", "--profile", str(self.profile), "--json", *arguments)
        try:
            for line in process.stdout:
                event = json.loads(line)
                if moment.items() <= event.items():
                    process.send_signal(signal.SIGKILL)
                    break
            else:
                pytest.fail(f"the night never came to {moment}: {process.stderr.read()}")
        finally:
            process.kill()
            process.communicate()

    def copy(self, folder):
        """The same warehouse once more, somewhere else."""
        shutil.copytree(self.home, folder / "home", symlinks=True)
        return Warehouse(folder / "home", self.profile)


def small_profile(folder):
    """The sample company's profile, with a smaller company."""
    shutil.copytree(SAMPLE_PROFILE, folder)
    sources = folder / "sources.yml"
    text = sources.read_text("utf-8")
    wanted = {"people": PEOPLE, "years": YEARS, "until": UNTIL, "seed": 7}
    lines = [
        f"generate: {yaml.safe_dump(wanted, default_flow_style=True).strip()}"
        if line.startswith("generate:")
        else line
        for line in text.splitlines()
        if not line.startswith("as_of:")
    ]
    sources.write_text("\n".join([*lines, f"as_of: {UNTIL}"]) + "\n", "utf-8")


def publish_small_company(folder):
    """A profile and a home with one published night."""
    warehouse = Warehouse(folder / "home", folder / "profile" / "small")
    small_profile(warehouse.profile)
    code, events, errors = warehouse.refresh()
    assert code == 0, errors
    assert events[-1]["event"] == "summary"


@pytest.fixture(scope="session")
def published(shared_folder):
    """A home with one published night. Tests take copies of it and leave it as it is."""
    folder = shared_folder.built("small_company", publish_small_company)
    return Warehouse(folder / "home", folder / "profile" / "small")


@pytest.fixture
def warehouse(published, tmp_path):
    """A copy of the published home."""
    return published.copy(tmp_path)


@pytest.fixture
def next_day():
    return UNTIL + timedelta(days=1)
