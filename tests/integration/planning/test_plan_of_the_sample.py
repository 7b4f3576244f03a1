"""A plan of the sample company, from the command line to library files that the definition rules accept."""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.home import PROJECT_ROOT, SAMPLE_PROFILE
from tests.nights import Night

pytestmark = pytest.mark.slow

YEAR = ("2027-01-01", "2027-12-31")
UNITS = ("company", "division", "department", "team")


def plan(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "orchestration", "targets", "plan", "revenue", "--year", "2027"]
    return subprocess.run(
        [*command, "--target", "395250000", *arguments],
        cwd=PROJECT_ROOT,
        env=os.environ | {"GOLDTHREAD_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company's profile, to be written into."""
    folder = tmp_path_factory.mktemp("planned") / "sample"
    shutil.copytree(SAMPLE_PROFILE, folder)
    return folder


@pytest.fixture(scope="module")
def answer(sample_night: Night, profile: Path) -> dict:
    options = ("--method", "history", "--write", "--json")
    done = plan(sample_night.home, *options, "--profile", str(profile))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def years(answer: dict) -> dict[tuple[str, str], dict]:
    return {
        (one["subject_type"], one["subject_id"]): one
        for one in answer["targets"]
        if (one["period_start"], one["period_end"]) == YEAR
    }


def test_every_level_sums_to_the_company(answer: dict) -> None:
    sums = defaultdict(Decimal)
    for one in years(answer).values():
        sums[one["parent"]] += Decimal(one["target"])
    left = {one["subject"]: Decimal(one["residual"]) for one in answer["allocations"]}
    people = sum(Decimal(one["target"]) for (kind, _), one in years(answer).items() if kind == "employee")

    assert sums[None] == 395_250_000
    assert people + sum(left.values()) == 395_250_000
    assert answer["people"]
    assert {f"{kind}:{name}" for kind, name in years(answer)} >= set(sums) - {None}


def test_units_stand_where_the_published_organisation_has_them(sample_night: Night, answer: dict) -> None:
    above = dict(
        sample_night.rows("select org_unit_id, parent_id from marts.dim_org_unit where is_current order by 1")
    )
    planned = {name: one["parent"] for (kind, name), one in years(answer).items() if kind in UNITS}

    assert len(planned) > 10
    assert {name: (parent or ":").partition(":")[2] or None for name, parent in planned.items()} == {
        name: above[name] for name in planned
    }


def test_shares_follow_what_people_brought_in_the_last_twelve_months(
    sample_night: Night, answer: dict
) -> None:
    brought = dict(
        sample_night.rows(
            """
            select subject_id, sum(value) from marts.metric_value
            where metric_id = 'revenue' and subject_type = 'employee' and period_grain = 'month'
                and state = 'ok' and period_start between date '2025-07-01' and date '2026-06-01'
            group by all
            """
        )
    )
    best = max(brought, key=brought.get)
    people = {person["employee_id"]: person for person in answer["people"]}

    assert max(people.values(), key=lambda person: Decimal(person["year"]))["employee_id"] == best
    assert people[best]["own_months"] == 12


def test_the_definition_rules_accept_what_was_written(
    sample_night: Night, profile: Path, answer: dict
) -> None:
    files = [Path(file) for file in answer["written"]["files"]]
    done = subprocess.run(
        [sys.executable, "-m", "orchestration", "check", "--profile", str(profile), "--json"],
        cwd=PROJECT_ROOT,
        env=os.environ | {"GOLDTHREAD_HOME": str(sample_night.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    found = [finding for finding in json.loads(done.stdout)["findings"] if "targets-" in str(finding["file"])]

    assert [file.name for file in files] == ["targets-revenue-OU-CO-2027.csv"]
    with files[0].open(encoding="utf-8", newline="") as stream:
        assert (
            len(list(csv.DictReader(stream))) == answer["written"]["new"] + answer["written"]["revised"] > 100
        )
    assert found == []


def test_the_text_is_in_both_languages_and_writes_nothing(sample_night: Night) -> None:
    done = plan(sample_night.home, "--to", "team")

    assert done.returncode == 0, done.stderr
    assert "Units and positions · 单元与岗位" in done.stdout
    assert "Nothing is written" in done.stdout
    assert "未写入" in done.stdout
    assert "OU-DIV-SALES" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--method", "identity"), "handed on as it is"),
        (("--subject", "team"), "name one as TYPE:ID"),
        (("--share", "team:X"), "is not a share: write TYPE:ID=N"),
        (("--quantum", "7"), "is not a multiple of 7"),
    ],
)
def test_wrong_use_ends_with_2_and_the_way_out(
    sample_night: Night, arguments: tuple[str, ...], message: str
) -> None:
    done = plan(sample_night.home, *arguments)

    assert done.returncode == 2
    assert message in done.stderr
