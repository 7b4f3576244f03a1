"""Runs a program and says how long it took and how much memory each of its processes held at most."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

SECONDS_BETWEEN_LOOKS = 0.1
MB = 1024 * 1024


class BenchError(Exception):
    """Something that was to be measured did not work; the message ends with what it said."""


@dataclass
class Measured:
    """A finished program: seconds on the clock and of processor time, peak memory in MB by process."""

    seconds: float
    cpu_seconds: float
    peak_mb: dict[str, float] = field(default_factory=dict)
    output: str = ""


def measure(
    arguments: Sequence[str], *, environment: Mapping[str, str], folder: Path, good: Sequence[int] = (0,)
) -> Measured:
    """Run Python with these arguments. Raises BenchError when it ends with a code that is not `good`."""
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env=dict(environment),
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    watch = _Watch(process.pid)
    watch.start()
    output, complaints = process.communicate()
    seconds = time.monotonic() - begun
    watch.join()
    if process.returncode not in good:
        said = (output[-2000:] + complaints[-2000:]).strip()
        raise BenchError(f"{' '.join(arguments)} ended with {process.returncode}:\n{said}")
    return Measured(seconds, watch.cpu_seconds, watch.peak_mb, output)


class _Watch(threading.Thread):
    """Looks at a process and all that it starts until it has ended.

    The kernel keeps the peak of each process: only what it takes in its last moment is missed.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.root = psutil.Process(pid)
        self.peak_mb: dict[str, float] = {}
        self._cpu: dict[int, float] = {}

    @property
    def cpu_seconds(self) -> float:
        return sum(self._cpu.values())

    def run(self) -> None:
        while psutil.pid_exists(self.root.pid):
            self._look()
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def _look(self) -> None:
        try:
            family = [self.root, *self.root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        for process in family:
            try:
                command = process.cmdline()
                times = process.cpu_times()
                peak = _peak_kb(process.pid) / 1024
            except (psutil.Error, OSError, ValueError):
                continue  # it has ended meanwhile
            if not command:  # it is ending, or has just begun
                continue
            name = _name(command)
            self._cpu[process.pid] = times.user + times.system
            self.peak_mb[name] = round(max(peak, self.peak_mb.get(name, 0)), 1)


def _peak_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise ProcessLookupError(pid)  # it has ended, and nobody has asked how


def _name(command: Sequence[str]) -> str:
    """A process by the module that it runs and its first word, such as `orchestration.dbt_child build`."""
    words = [word for word in command[1:] if not word.startswith("-")]
    if "--multiprocessing-fork" in command:
        return "worker"
    named = [word for word in words if "/" not in word][:2]
    return " ".join(named) or Path(command[0]).name
