"""The sample company's night for all tests of its figures."""

from pathlib import Path

import duckdb
import pytest
from metric_judge import Judge

from tests.nights import Night


@pytest.fixture(scope="session")
def warehouse(sample_night: Night) -> Path:
    """The warehouse file of a night over the sample company, built as the command line builds it."""
    return sample_night.warehouse


@pytest.fixture(scope="session")
def judge(warehouse: Path) -> Judge:
    """The judge over that night."""
    return Judge(warehouse)


@pytest.fixture(scope="session")
def marts(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """The night's own figures."""
    return duckdb.connect(str(warehouse), read_only=True)
