"""The sample company's night, built once for all tests of its figures."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from metric_judge import Judge

PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse file of a night over the sample company, built as the command line builds it."""
    home = tmp_path_factory.mktemp("sample_night")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "orchestration",
            "refresh",
            "--profile",
            str(PROJECT / "profiles" / "sample"),
        ],
        env={**os.environ, "GOLDTHREAD_HOME": str(home)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    # 1 says that there are findings; the night is published all the same.
    assert done.returncode in (0, 1), f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    [file] = home.glob("runs/*/warehouse.duckdb")
    return file


@pytest.fixture(scope="session")
def judge(warehouse: Path) -> Judge:
    """The judge over that night."""
    return Judge(warehouse)


@pytest.fixture(scope="session")
def marts(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """The night's own figures."""
    return duckdb.connect(str(warehouse), read_only=True)
