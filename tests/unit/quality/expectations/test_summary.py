"""What a run of suites leaves: the worst result counts, an error is no failure, layers keep together."""

import json
from pathlib import Path

import pytest

from quality.expectations.suite import ExpectationResult, SuiteResult, Summary, read_layers, write_summary


def result(status: str, severity: str = "critical") -> ExpectationResult:
    return ExpectationResult(f"{status}_{severity}", "What holds.", "应满足的条件。", severity, status)


def summary(*results: ExpectationResult, layer: str = "marts") -> Summary:
    return Summary("night-1", layer, [SuiteResult("s", "marts.x", None, list(results))], [], 0.1)


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ([], "passed"),
        ([result("passed")], "passed"),
        ([result("passed"), result("failed", "warning")], "passed"),
        ([result("failed"), result("passed")], "failed"),
        ([result("failed"), result("error", "info")], "error"),
    ],
)
def test_worst_result_counts(results: list[ExpectationResult], status: str) -> None:
    assert summary(*results).status == status
    assert summary(*results).success is (status == "passed")


def test_findings_are_all_that_did_not_pass() -> None:
    found = summary(result("passed"), result("failed", "warning"), result("error")).findings()

    assert [one.status for _, one in found] == ["failed", "error"]


def test_layers_are_kept_in_one_file(tmp_path: Path) -> None:
    file = write_summary(tmp_path, summary(result("failed"), layer="marts"))
    write_summary(tmp_path, summary(result("passed"), layer="landed"))

    layers = read_layers(file)
    assert list(layers) == ["landed", "marts"]
    assert layers["marts"]["counts"] == {"passed": 0, "failed": 1, "error": 0, "total": 1}
    assert layers["marts"]["suites"][0]["status"] == "failed"
    assert json.loads(file.read_text(encoding="utf-8"))["run_id"] == "night-1"


def test_stored_summary_is_read_back(tmp_path: Path) -> None:
    written = summary(result("failed"), result("error"))

    assert Summary.from_dict(read_layers(write_summary(tmp_path, written))["marts"]) == written
