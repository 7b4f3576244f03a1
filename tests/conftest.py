"""Tests of one integration folder share what they built, so they run in one worker."""

from pathlib import Path

import pytest

INTEGRATION = Path(__file__).parent / "integration"


@pytest.hookimpl(tryfirst=True)  # before the workers read the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the integration tests by their folder."""
    for item in items:
        if item.path.is_relative_to(INTEGRATION):
            folder = item.path.relative_to(INTEGRATION).parts[0]
            item.add_marker(pytest.mark.xdist_group(folder))
