"""What the tests share: the nights of the companies in `profiles/`, the real records, and the workers."""

import gc
import os
from pathlib import Path

import pytest

from orchestration.home import PROJECT_ROOT, SAMPLE_PROFILE
from tests.nights import Night, SharedFolder

SHARED_DATA = Path(os.environ.get("GOLDTHREAD_SHARED_DATA") or PROJECT_ROOT.parent / "shared" / "data")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones begin, so that no worker is left with a long one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real records."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"{SHARED_DATA} is absent: real records are read there, never copied into the project")
    return SHARED_DATA


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> SharedFolder:
    """Where a test run keeps what its workers share."""
    return SharedFolder(tmp_path_factory)


@pytest.fixture(scope="session")
def sample_night(shared_folder: SharedFolder) -> Night:
    """The sample company published: in the home that GOLDTHREAD_SAMPLE_NIGHT names, or in one of its own."""
    published = os.environ.get("GOLDTHREAD_SAMPLE_NIGHT")
    return Night(Path(published)) if published else shared_folder.night("sample_night", SAMPLE_PROFILE)


@pytest.fixture(scope="session")
def adventureworks_night(shared: Path, shared_folder: SharedFolder) -> Night:
    """Adventure Works published."""
    return shared_folder.night("adventureworks_night", SAMPLE_PROFILE.with_name("adventureworks"))


@pytest.fixture(scope="session")
def service_desk_night(shared: Path, shared_folder: SharedFolder) -> Night:
    """The three logs published."""
    return shared_folder.night("service_desk_night", SAMPLE_PROFILE.with_name("service_desk"))


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the garbage that dbt makes is looked for without it, and less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
