"""What no file has: paths of one machine, unfinished business, skipped tests, endless functions."""

import ast
import re
import tomllib
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[2]
LONGEST_FUNCTION = 60
# A path that exists on one machine only; a home, a scratch folder, a mount.
MACHINE_PATH = re.compile(r"(?<![\w.}~/-])/(?:" + "root|home|Users|work|tmp|mnt|opt" + r")/\w")
UNFINISHED = re.compile(r"\b(?:" + "TO" + "DO|FIX" + "ME|XX" + "X|HA" + r"CK)\b")
# Records that may not be copied into the project: where they are absent there is nothing to test.
MAY_SKIP = {"tests/conftest.py"}
PHONES_HOME = {"posthog", "segment", "sentry-sdk", "mixpanel", "amplitude-analytics", "snowplow-tracker"}


def texts(files: list[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in files:
        content = file.read_bytes()
        if b"\0" not in content and file.name != "uv.lock":
            found[str(file.relative_to(PROJECT))] = content.decode("utf-8", errors="replace")
    return found


def lines_with(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts(files).items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_names_a_place_on_somebodys_machine(files: list[Path]) -> None:
    assert lines_with(MACHINE_PATH, files) == []


def test_nothing_is_left_unfinished(files: list[Path]) -> None:
    assert lines_with(UNFINISHED, [file for file in files if file.suffix not in {".csv", ".md"}]) == []


def test_no_test_is_skipped(python_files: list[Path]) -> None:
    skipping = {"skip", "skipif", "xfail", "importorskip", "skipTest"}
    found = {
        str(file.relative_to(PROJECT))
        for file in python_files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in skipping
    }

    assert found <= MAY_SKIP


def test_no_function_is_longer_than_a_screen(python_files: list[Path]) -> None:
    long = [
        f"{file.relative_to(PROJECT)}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for file in python_files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]

    assert long == []


def test_every_module_says_what_it_is_for(python_files: list[Path]) -> None:
    silent = [
        str(file.relative_to(PROJECT))
        for file in python_files
        if "tests" not in file.parts
        and file.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    ]

    assert silent == []


def test_no_file_is_committed_twice_or_in_vain(files: list[Path]) -> None:
    assert [str(file) for file in files if file.stat().st_size == 0 and file.name != "__init__.py"] == []
    assert [
        str(file) for file in files if file.suffix in {".duckdb", ".parquet", ".log", ".pyc", ".orig"}
    ] == []


def test_no_dependency_phones_home() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    names = {re.split(r"[\s<>=!\[;~]", requirement)[0].lower() for group in groups for requirement in group}

    assert not names & PHONES_HOME


def test_dbt_sends_no_statistics() -> None:
    flags = yaml.safe_load((PROJECT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))["flags"]

    assert flags["send_anonymous_usage_stats"] is False
    assert flags["version_check"] is False


def test_dbt_needs_no_package_from_elsewhere() -> None:
    assert not (PROJECT / "dbt_project" / "packages.yml").exists()
    assert not (PROJECT / "dbt_project" / "dependencies.yml").exists()
