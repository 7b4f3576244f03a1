"""Great Expectations in its child process: commands, answers, Data Docs, and what happens when it fails."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ingestion.contract import load_contracts
from quality.expectations.process import PROJECT_ROOT, ExpectationsError, ExpectationsProcess

PERSON = {"employee_id": "E1", "employment_type": "permanent"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, land: Any, make_warehouse: Any) -> Path:
    home = tmp_path_factory.mktemp("home")
    file = land(home, "hr.employees", [PERSON])
    spoilt = pl.read_parquet(file, hive_partitioning=False).with_columns(employment_type=pl.lit("freelance"))
    spoilt.write_parquet(file)
    make_warehouse(home / "warehouse.duckdb")
    return home


@pytest.fixture(scope="module")
def process(home: Path) -> Iterator[ExpectationsProcess]:
    with ExpectationsProcess(home, "night-1", home / "warehouse.duckdb") as process:
        yield process


def test_landed_layer(process: ExpectationsProcess, home: Path) -> None:
    summary = process.run("landed")

    found = [(suite.table, one.name) for suite, one in summary.findings()]
    assert found == [("hr.employees", "values_are_within_limits")]
    assert "hr.org_units" in summary.not_evaluated
    stored = json.loads((home / "runs/night-1/expectations/summary.json").read_text(encoding="utf-8"))
    assert stored["layers"]["landed"]["status"] == "failed"


def test_marts_layer_and_docs(process: ExpectationsProcess, home: Path) -> None:
    summary = process.run("marts")
    index = process.build_docs()

    assert summary.success
    assert index == home / "runs/night-1/data_docs/index.html"
    pages = list(index.parent.rglob("*.html"))
    assert any("metric_value" in page.read_text(encoding="utf-8") for page in pages)


def test_failure_is_told_and_the_child_goes_on(home: Path) -> None:
    with ExpectationsProcess(home, "night-2", home / "absent.duckdb") as process:
        with pytest.raises(ExpectationsError, match=r"marts could not be run.*absent\.duckdb"):
            process.run("marts")
        assert process.run("landed").layer == "landed"


def test_child_that_dies_is_told(home: Path) -> None:
    with ExpectationsProcess(home, "night-3", home / "warehouse.duckdb") as process:
        process._child.kill()
        with pytest.raises(ExpectationsError, match=r"no answer to marts.*great_expectations\.log"):
            process.run("marts")


def test_child_that_takes_too_long_is_ended(home: Path) -> None:
    with (
        ExpectationsProcess(home, "night-4", home / "warehouse.duckdb") as process,
        pytest.raises(ExpectationsError, match="no answer"),
    ):
        process.run("marts", timeout=0.1)


def test_leaving_ends_the_child_even_while_it_imports(home: Path) -> None:
    started = time.monotonic()
    with ExpectationsProcess(home, "night-5", home / "warehouse.duckdb") as process:
        pid = process._child.pid

    assert time.monotonic() - started < 8
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize(("layer", "code"), [("marts", 0), ("landed", 1)])
def test_one_layer_from_the_command_line(home: Path, layer: str, code: int) -> None:
    command = [sys.executable, "-m", "quality.expectations", "--home", home, "--run-id", "night-6"]
    command += ["--warehouse", home / "warehouse.duckdb", "--layer", layer]

    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == code, done.stderr
    assert json.loads(done.stdout)["layer"] == layer


def test_client_does_not_import_great_expectations() -> None:
    code = "import sys, quality.expectations.process; sys.exit('great_expectations' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, check=False).returncode == 0


def test_nothing_goes_over_the_network(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from quality.expectations import runner
    from quality.expectations.marts import load_suites

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a network connection was attempted")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)

    summary = runner.run_suites(
        home, "night-7", "marts", load_suites(load_contracts()), home / "warehouse.duckdb", []
    )
    runner.build_data_docs(home, "night-7")

    assert summary.success
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


def test_data_docs_load_nothing_from_elsewhere(home: Path) -> None:
    from quality.expectations import runner
    from quality.expectations.marts import load_suites

    suites = [suite for suite in load_suites(load_contracts()) if suite.domain == "ticketing"]
    runner.run_suites(home, "night-8", "marts", suites, home / "warehouse.duckdb", [])

    site = runner.build_data_docs(home, "night-8").parent

    pages = list(site.rglob("*.html"))
    assert len(pages) == 1 + 2 * len(suites)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"""<script|(src|href)=["'](https?:)?//|@import|url\(""", text), page
        for link in re.findall(r'href="([^"#]+)"', text):
            assert (page.parent / link).exists(), f"{page} leads to {link}"
