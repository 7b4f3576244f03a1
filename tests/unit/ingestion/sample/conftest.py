"""One sample company of the default size, written once; and what its exports hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.sample import SampleSummary, write_sample


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    """The company of 300 people over three years, up to 30 June 2026."""
    return write_sample(tmp_path_factory.mktemp("qingmu"))


@pytest.fixture(scope="session")
def folder(company: SampleSummary) -> Path:
    return company.folder
