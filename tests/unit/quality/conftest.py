from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest

# The small library is that of the library's own tests.
sys.path.insert(0, str(Path(__file__).parents[1] / "metric_library"))

from small_company import SmallCompany


@pytest.fixture
def company(tmp_path: Path) -> SmallCompany:
    return SmallCompany(tmp_path)


@pytest.fixture
def as_of() -> date:
    return date(2026, 6, 30)
