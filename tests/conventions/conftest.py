"""What the conventions are held against: the project's own files."""

import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def files() -> list[Path]:
    """All files of the project that git keeps or would keep."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [PROJECT / name for name in listed if (PROJECT / name).is_file()]


@pytest.fixture(scope="session")
def python_files(files: list[Path]) -> list[Path]:
    """All Python files of the project."""
    return [file for file in files if file.suffix == ".py"]
