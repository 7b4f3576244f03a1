"""Who may import whom, and that importing does nothing."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
MAY_IMPORT = {
    "ingestion": set(),
    "metric_library": {"ingestion"},
    "quality": {"ingestion", "metric_library"},
    "publishing": {"metric_library"},
    "planning": {"ingestion", "metric_library", "publishing"},
    "orchestration": {"ingestion", "metric_library", "quality", "publishing", "planning"},
}
ORCHESTRATION_ONLY = {"dagster", "dagster_dbt", "dagster_webserver"}


def imported(file: Path) -> set[str]:
    """The top-level packages that a file imports anywhere."""
    packages: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            packages |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            packages.add(node.module.partition(".")[0])
    return packages


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_package_imports_only_what_it_may(package: str) -> None:
    allowed = MAY_IMPORT[package] | {package}
    for file in (PROJECT / package).rglob("*.py"):
        assert imported(file) & set(MAY_IMPORT) <= allowed, file


@pytest.mark.parametrize("package", sorted(set(MAY_IMPORT) - {"orchestration"}))
def test_only_orchestration_imports_dagster(package: str) -> None:
    for file in (PROJECT / package).rglob("*.py"):
        assert not imported(file) & ORCHESTRATION_ONLY, file


def test_nothing_imports_the_tests() -> None:
    for package in MAY_IMPORT:
        for file in (PROJECT / package).rglob("*.py"):
            assert "tests" not in imported(file), file


def reads_environment(node: ast.AST) -> bool:
    """Whether something reads a variable of the environment; setting one is another matter."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.ctx, ast.Load) and ast.unparse(node.value) == "os.environ"
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.getenv", "os.environ.get")


def executed_on_import(tree: ast.Module) -> list[ast.AST]:
    """What runs when a module is imported: everything but the bodies of functions."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        found.append(node)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return found


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_importing_reads_no_variable_of_the_environment(package: str) -> None:
    for file in (PROJECT / package).rglob("*.py"):
        nodes = executed_on_import(ast.parse(file.read_text(encoding="utf-8")))
        assert not any(reads_environment(node) for node in nodes), file


IMPORT_EVERYTHING = """
import importlib, json, os, pkgutil, sys

seen = []

def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        seen.append(f"{event} {arguments!r}")
    if event == "open" and str(arguments[0]).startswith(os.environ["GOLDTHREAD_HOME"]):
        seen.append(f"{event} {arguments!r}")

sys.addaudithook(watch)
for package in sys.argv[1:]:
    for module in pkgutil.walk_packages([package], package + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
print(json.dumps(seen))
"""


def test_importing_touches_no_network_and_no_warehouse(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "GOLDTHREAD_HOME": str(home)}

    done = subprocess.run(
        [sys.executable, "-c", IMPORT_EVERYTHING, *MAY_IMPORT],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []
    assert not home.exists()


@pytest.mark.parametrize(
    ("module", "kept_out"),
    [
        ("ingestion.landing", {"dagster", "dbt", "great_expectations"}),
        ("metric_library.library", {"dagster", "dbt", "great_expectations"}),
        ("quality.check", {"dagster", "dbt", "great_expectations"}),
        ("quality.expectations.process", {"dagster", "dbt", "great_expectations"}),
        ("orchestration.cli", {"dagster", "dbt", "great_expectations", "polars"}),
    ],
)
def test_quick_modules_leave_slow_libraries_alone(module: str, kept_out: set[str]) -> None:
    code = f"import json, sys, {module}; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )

    assert not set(json.loads(done.stdout)) & kept_out
