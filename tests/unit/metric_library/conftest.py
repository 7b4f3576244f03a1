from pathlib import Path

import pytest
from small_library import SmallLibrary


@pytest.fixture
def small(tmp_path: Path) -> SmallLibrary:
    return SmallLibrary(tmp_path)
