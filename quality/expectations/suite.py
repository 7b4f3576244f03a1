"""What a suite of expectations is, and the summary that a run of suites leaves behind.

Nothing in here needs Great Expectations: the night reads summaries without importing it.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Layer = Literal["landed", "marts"]
Severity = Literal["critical", "warning", "info"]
Status = Literal["passed", "failed", "error"]

LAYERS: tuple[Layer, ...] = ("landed", "marts")
SAMPLE_ROWS = 5
PRIVATE = ("personal", "sensitive")  # classes of personal data whose values are never stored with results


@dataclass(frozen=True)
class Expectation:
    """One query for the rows that should not be there, where `batch` is the suite's table."""

    name: str
    title: str
    title_zh: str
    unexpected_rows: str
    severity: Severity = "critical"


@dataclass(frozen=True)
class Suite:
    """The expectations on one table: `table` as people call it, `relation` as DuckDB does (schema, name).

    `domain` names the subject area whose failure this would be; None stands for the whole company.
    """

    name: str
    layer: Layer
    table: str
    relation: tuple[str, str]
    expectations: tuple[Expectation, ...]
    domain: str | None = None


@dataclass(frozen=True)
class ExpectationResult:
    """How one expectation came out. One that raised is an `error` with its message, never `failed`."""

    name: str
    title: str
    title_zh: str
    severity: Severity
    status: Status
    unexpected: int | None = None
    sample: list[dict[str, Any]] = field(default_factory=list)
    message: str | None = None


@dataclass(frozen=True)
class SuiteResult:
    """How the expectations on one table came out."""

    name: str
    table: str
    domain: str | None
    expectations: list[ExpectationResult]

    @property
    def status(self) -> Status:
        """The worst that counts: an error, else a failure that is critical."""
        if any(one.status == "error" for one in self.expectations):
            return "error"
        broken = any(one.status == "failed" and one.severity == "critical" for one in self.expectations)
        return "failed" if broken else "passed"


@dataclass(frozen=True)
class Summary:
    """All suites of one layer in one run. `not_evaluated` names the tables that have no data to look at."""

    run_id: str
    layer: Layer
    suites: list[SuiteResult]
    not_evaluated: list[str]
    seconds: float

    @property
    def status(self) -> Status:
        statuses = {suite.status for suite in self.suites}
        return "error" if "error" in statuses else "failed" if "failed" in statuses else "passed"

    @property
    def success(self) -> bool:
        return self.status == "passed"

    @property
    def counts(self) -> dict[str, int]:
        """Expectations by status, and their total."""
        by_status = Counter(one.status for suite in self.suites for one in suite.expectations)
        return {status: by_status[status] for status in ("passed", "failed", "error")} | {
            "total": by_status.total()
        }

    def findings(self) -> list[tuple[SuiteResult, ExpectationResult]]:
        """Every expectation that did not pass, with its suite."""
        return [(suite, one) for suite in self.suites for one in suite.expectations if one.status != "passed"]

    def to_dict(self) -> dict[str, Any]:
        stored = dataclasses.asdict(self)
        for suite, written in zip(self.suites, stored["suites"], strict=True):
            written["status"] = suite.status
        return stored | {"status": self.status, "success": self.success, "counts": self.counts}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Summary:
        suites = [
            SuiteResult(
                suite["name"],
                suite["table"],
                suite["domain"],
                [ExpectationResult(**one) for one in suite["expectations"]],
            )
            for suite in stored["suites"]
        ]
        return cls(stored["run_id"], stored["layer"], suites, stored["not_evaluated"], stored["seconds"])


def expectations_folder(home: Path, run_id: str) -> Path:
    """Where a run keeps the results of its expectations."""
    return home / "runs" / run_id / "expectations"


def data_docs_folder(home: Path, run_id: str) -> Path:
    """Where a run's Data Docs are."""
    return home / "runs" / run_id / "data_docs"


def write_summary(home: Path, summary: Summary) -> Path:
    """Put the layer's summary into the run's `summary.json` beside the other layer's, in one step."""
    file = expectations_folder(home, summary.run_id) / "summary.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    layers = read_layers(file) | {summary.layer: summary.to_dict()}
    ordered = {layer: layers[layer] for layer in LAYERS if layer in layers}
    written = file.with_suffix(".json.partial")
    written.write_text(
        json.dumps({"run_id": summary.run_id, "layers": ordered}, ensure_ascii=False, indent=1) + "\n",
        encoding="utf-8",
    )
    os.replace(written, file)
    return file


def read_layers(file: Path) -> dict[str, Any]:
    """The layers already in a `summary.json`; none when the file is not there yet."""
    return json.loads(file.read_text(encoding="utf-8"))["layers"] if file.exists() else {}
