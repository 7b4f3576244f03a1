"""One night at a time: a lock on a file in GOLDTHREAD_HOME that the system frees when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class NightIsRunningError(Exception):
    """Another process holds the lock; `holder` has its pid, run_id and started."""

    def __init__(self, path: Path, holder: dict[str, Any]):
        self.holder = holder
        super().__init__(
            f"Another night is running: run {holder.get('run_id', '?')}, process {holder.get('pid', '?')}, "
            f"since {holder.get('started', '?')} (lock {path}). Wait for it to end, or end that process."
        )


@contextmanager
def night_lock(path: Path, run_id: str) -> Iterator[None]:
    """Hold the lock for the length of a `with` block.

    Raises NightIsRunningError when somebody else holds it. The file stays behind, which means nothing: the
    lock is the system's hold on it, and that ends with the process.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NightIsRunningError(path, _holder(path)) from None
        holder = {
            "pid": os.getpid(),
            "run_id": run_id,
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _holder(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, json.JSONDecodeError):
        return {}
