"""Every command that README and the guides show can be typed as it stands.

They are run in one home with a published night of the sample company. Only building a night of another
company, and `make`, are not run in full: their parts are looked up.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.nights import Night

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*sorted(PROJECT.glob("README*.md")), *sorted((PROJECT / "docs").glob("*.md"))]
FINDINGS = 1  # the sample company has broken definitions, on purpose


def commands() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for document in DOCUMENTS:
        for block in re.findall(
            r"```(?:bash|console)\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL
        ):
            lines = [line.removeprefix("$ ").partition(" #")[0].strip() for line in block.splitlines()]
            found += [(document.name, line) for line in lines if line and not line.startswith("#")]
    return sorted(set(found))


COMMANDS = commands()
RUN = [(document, line) for document, line in COMMANDS if re.match(r"goldthread (?!refresh|dev)", line)]


def goldthread(home: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "orchestration", *arguments],
        cwd=PROJECT,
        env=os.environ | {"GOLDTHREAD_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def home(sample_night: Night, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("documented") / "home"
    shutil.copytree(sample_night.home, home, symlinks=True)
    return home


def test_there_are_commands_in_both_languages() -> None:
    by_document = {document for document, _ in COMMANDS}

    assert {"README.md", "README.zh-CN.md"} <= by_document
    assert len(RUN) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("line", sorted({line for _, line in RUN}))
def test_command_runs(home: Path, line: str) -> None:
    done = goldthread(home, shlex.split(line)[1:])

    assert done.returncode in (0, FINDINGS), done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("line", sorted({line for _, line in COMMANDS if line.startswith("make ")}))
def test_make_knows_its_target(line: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", *shlex.split(line)[1:]],
        cwd=PROJECT,
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "line", sorted({line for _, line in COMMANDS if line.startswith("goldthread refresh")})
)
def test_refresh_is_shown_for_profiles_that_exist(line: str, tmp_path: Path) -> None:
    arguments = shlex.split(line)[2:]
    shown = goldthread(tmp_path, ["refresh", "--help"]).stdout

    assert all(argument in shown for argument in arguments if argument.startswith("--"))
    for option, value in pairwise(arguments):
        assert option != "--profile" or (PROJECT / value / "sources.yml").exists()


def test_no_other_program_is_shown() -> None:
    known = ("goldthread ", "make ", "git ", "cd ", "export ")

    assert [line for _, line in COMMANDS if not line.startswith(known)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")

    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (document.parent / target).exists(), target


def test_readme_is_the_same_in_both_languages() -> None:
    english, chinese = (
        (PROJECT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")
    )

    def shape(text: str) -> list[str]:
        return re.findall(r"^#+ |^```\w*", text, re.MULTILINE)

    assert shape(english) == shape(chinese)
