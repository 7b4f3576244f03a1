"""Great Expectations in a child process: its import overlaps with the landing and burdens nobody.

This module imports nothing of Great Expectations. The child answers commands, one line in and one line of
JSON out, and ends by itself when its parent is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from quality.expectations.suite import Layer, Summary, expectations_folder

PROJECT_ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_ANSWER = 900.0
SECONDS_TO_LEAVE = 1.0


class ExpectationsError(Exception):
    """The suites could not be run at all; says why and where the log is."""


class ExpectationsProcess:
    """The suites of one run: start it early, ask when the data is there, close it (or use `with`)."""

    def __init__(self, home: Path, run_id: str, warehouse: Path) -> None:
        self.log = expectations_folder(home, run_id) / "great_expectations.log"
        self._arguments = ["--home", str(home), "--run-id", run_id, "--warehouse", str(warehouse), "--serve"]
        self._child: subprocess.Popen[str] | None = None
        self._log_file: IO[str] | None = None

    def start(self) -> None:
        """Start the child and return at once; it imports while the caller goes on."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._log_file = self.log.open("a", encoding="utf-8")
        search_path = [str(PROJECT_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._child = subprocess.Popen(
            [sys.executable, "-m", "quality.expectations", *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log_file,
            text=True,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": os.pathsep.join(search_path), "PYTHONIOENCODING": "utf-8"},
        )

    def run(self, layer: Layer, timeout: float = SECONDS_TO_ANSWER) -> Summary:
        """Evaluate the suites of a layer. Raises ExpectationsError when they could not be run."""
        return Summary.from_dict(self._ask(layer, timeout))

    def build_docs(self, timeout: float = SECONDS_TO_ANSWER) -> Path:
        """Render the run's Data Docs; returns the first page."""
        return Path(self._ask("docs", timeout)["index"])

    def _ask(self, command: str, timeout: float) -> dict[str, Any]:
        if self._child is None:
            self.start()
        child = self._child
        watch = threading.Timer(timeout, child.kill)
        watch.start()
        try:
            child.stdin.write(command + "\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            watch.cancel()
        if not line:
            code = child.wait()
            raise ExpectationsError(
                f"expectations: no answer to {command} (exit code {code}); see {self.log}"
            )
        answer = json.loads(line)
        if "error" in answer:
            reason = answer["error"]
            raise ExpectationsError(f"expectations: {command} could not be run: {reason}; see {self.log}")
        return answer

    def close(self) -> None:
        """Let the child go; one that does not leave at once is ended by its process id."""
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()  # the end of its input is the end of its work
        try:
            child.wait(SECONDS_TO_LEAVE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdout.close()
        self._log_file.close()

    def __enter__(self) -> ExpectationsProcess:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
