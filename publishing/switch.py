"""Which published night readers see: one small file, `published/current`, that is replaced in one step.

A run's folder counts as published once its manifest stands in it; what has none was cut off half-way and is
removed by the next night. Rolling back is naming an earlier run.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from publishing.manifest import MANIFEST_FILE, replace_file

CURRENT_FILE = "current"
NIGHTS_KEPT = 14


def current_run(published: Path) -> str | None:
    """The run that readers see, or None before the first night."""
    path = published / CURRENT_FILE
    return path.read_text("utf-8").strip() if path.exists() else None


def published_runs(published: Path) -> list[str]:
    """Every complete run, oldest first."""
    return sorted(path.parent.name for path in published.glob(f"*/{MANIFEST_FILE}"))


def switch_to(published: Path, run_id: str) -> None:
    """Show readers this run from now on. The run must be complete."""
    if not (published / run_id / MANIFEST_FILE).exists():
        raise FileNotFoundError(f"{published / run_id} has no {MANIFEST_FILE}: it is not a published night.")
    replace_file(published / CURRENT_FILE, run_id + "\n")


def remove_unfinished(published: Path) -> list[str]:
    """Remove the folders of runs that were cut off before their manifest was written; returns their ids."""
    unfinished = [
        path
        for path in sorted(published.glob("*/"))
        if not path.name.startswith(".") and not (path / MANIFEST_FILE).exists()
    ]
    for path in unfinished:
        shutil.rmtree(path)
    for leftover in published.glob(f".{CURRENT_FILE}.*"):
        leftover.unlink()
    return [path.name for path in unfinished]


def apply_retention(published: Path, *, keep: int = NIGHTS_KEPT) -> list[str]:
    """Keep the newest `keep` nights and, whatever its age, the current one; returns the runs it removed."""
    current = current_run(published)
    expired = [run for run in published_runs(published)[:-keep] if run != current]
    for run in expired:
        # The manifest goes first: a folder without one is unfinished and cleared away by the next night.
        (published / run / MANIFEST_FILE).unlink()
        shutil.rmtree(published / run)
    return expired
