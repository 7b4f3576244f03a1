"""The command line: quick to start, one message per error, the right exit code, never a traceback."""

import json
import os
import subprocess
import sys
import time

import pytest

from orchestration.home import PROJECT_ROOT

COMMANDS = [
    "refresh",
    "check",
    "list",
    "show",
    "value",
    "explain",
    "why",
    "score",
    "trace",
    "diff",
    "audit",
    "sample",
    "dev",
]


@pytest.fixture
def goldthread(tmp_path):
    """Runs the real program in a home of its own."""

    def run(*arguments, **variables):
        environment = os.environ | {"GOLDTHREAD_HOME": str(tmp_path / "home"), **variables}
        return subprocess.run(
            [sys.executable, "-m", "orchestration", *arguments],
            cwd=PROJECT_ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )

    return run


def assert_one_message(done, code):
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stderr.strip()


def test_help_names_every_command_and_starts_at_once(goldthread):
    seconds = []
    for _ in range(3):
        begun = time.monotonic()
        done = goldthread("--help")
        seconds.append(time.monotonic() - begun)
    assert done.returncode == 0
    assert [command for command in COMMANDS if f" {command} " not in done.stdout] == []
    assert min(seconds) < 0.5


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_without_loading_dagster_or_dbt(command):
    script = (
        "import sys\n"
        "from orchestration.cli import app\n"
        f"sys.argv = ['goldthread', {command!r}, '--help']\n"
        "try:\n    app()\nexcept SystemExit as ended:\n    assert ended.code == 0\n"
        "heavy = {'dagster', 'dbt', 'polars', 'duckdb', 'great_expectations', 'sqlglot'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT_ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--help" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "metrics"],
        ["list", "runs", "--run", "x"],
        ["show", "revenue"],
        ["value", "revenue"],
        ["value", "revenue", "--by", "region"],
        ["explain", "revenue", "--from", "2026-05", "--to", "2026-06"],
        ["why", "--employee", "E1"],
        ["trace", "revenue", "--up"],
        ["diff", "revenue", "1.0", "2.0"],
        ["diff", "revenue", "1.0", "2.0", "--impact"],
        ["audit"],
    ],
)
def test_before_the_first_night_it_says_what_to_do(goldthread, arguments):
    done = goldthread(*arguments)
    if arguments[:2] == ["list", "runs"]:
        assert done.returncode == 0
        return
    assert_one_message(done, 2)


def test_a_profile_that_does_not_exist_is_named(goldthread, tmp_path):
    for command in ("refresh", "check"):
        done = goldthread(command, "--profile", str(tmp_path / "nowhere"))
        assert_one_message(done, 2)
        assert str(tmp_path / "nowhere") in done.stderr


def test_a_broken_profile_is_refused_with_file_and_line(goldthread, tmp_path):
    (tmp_path / "sources.yml").write_text(
        "company: {name: A, time_zone: Mars/Olympus, currency: EUR}\nsources: {}\n"
    )
    done = goldthread("refresh", "--profile", str(tmp_path))
    assert_one_message(done, 2)
    assert "sources.yml:1" in done.stderr
    assert "Mars/Olympus" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["value", "revenue", "--period", "June"], "2026-Q2"),
        (["value", "revenue", "--subject", "everybody"], "TYPE:ID"),
        (["show"], "METRIC"),
        (["list", "wishes"], "wishes"),
        (["refresh", "--as-of", "30.06.2026"], "30.06.2026"),
        (["sample", "--out", "/dev/null/x", "--people", "2"], "people"),
        (["no-such-command"], "no-such-command"),
    ],
)
def test_wrong_use_is_explained(goldthread, arguments, named):
    done = goldthread(*arguments)
    assert_one_message(done, 2)
    assert named in done.stderr


def test_check_answers_as_text_json_and_sarif(goldthread):
    text = goldthread("check")
    assert "metrics: " in text.stdout
    findings = json.loads(goldthread("check", "--json").stdout)["findings"]
    assert {"rule_id", "severity", "file", "line", "message", "message_zh"} <= set(findings[0])
    sarif = json.loads(goldthread("check", "--format", "sarif").stdout)
    assert len(sarif["runs"][0]["results"]) == len(findings)
    has_open_errors = any(one["severity"] == "error" and one["waived_by"] is None for one in findings)
    assert text.returncode == (1 if has_open_errors else 0)


def test_the_sample_company_is_written(goldthread, tmp_path):
    done = goldthread("sample", "--out", str(tmp_path / "out"), "--people", "100", "--years", "1")
    assert done.returncode == 0, done.stderr
    assert any((tmp_path / "out").rglob("*.csv"))
