"""From night to night: what is known adds nothing, what changed lands once, what is gone is deleted."""

import signal
import subprocess
import sys

import polars as pl
import pytest
import yaml

from ingestion.contract import CONTRACTS_FOLDER
from ingestion.limits import PER_BLOCK_BYTE

EMPLOYEES, GOALS, SLA = "hr.employees", "library.goals", "ticketing.sla_policies"
SLA_HEADER = "policy_id,priority,first_response_minutes\n"


@pytest.fixture
def sla(company):
    """A table without anything that orders its versions."""
    company.map(SLA, {"path": "sla*.csv"})
    return company


def counts(load):
    return load.rows_read, load.rows_landed, load.rows_quarantined, load.rows_duplicate


def hours(company):
    return {key[0]: float(row["first_response_minutes"]) for key, row in company.newest(SLA).items()}


def test_a_second_night_over_the_same_file_adds_nothing(sla):
    sla.write("sla.csv", SLA_HEADER + "P1,high,1\nP2,low,\nP3,low,x\n")
    first = sla.land(SLA)
    before = {path: path.read_bytes() for path in sla.landing.home.rglob("*") if path.is_file()}
    second = sla.night()[SLA]
    assert second.loads_new == []
    assert second.loads_known == [first]
    assert {path: path.read_bytes() for path in sla.landing.home.rglob("*") if path.is_file()} == before


def test_the_same_content_under_another_name_adds_nothing(sla):
    sla.write("sla.csv", SLA_HEADER + "P1,high,1\n")
    sla.land(SLA)
    sla.write("sla_copy.csv", SLA_HEADER + "P1,high,1\n")
    result = sla.night()[SLA]
    assert (result.loads_new, len(result.loads_known)) == ([], 2)


def test_a_file_that_changed_since_last_night_lands_what_is_new(sla):
    sla.write("sla.csv", SLA_HEADER + "P1,high,1\nP2,normal,8\n")
    sla.land(SLA)
    sla.write("sla.csv", SLA_HEADER + "P1,high,1\nP2,low,9\nP3,low,10\n")
    assert counts(sla.land(SLA)) == (3, 2, 0, 1)
    assert hours(sla) == {"P1": 1, "P2": 9, "P3": 10}
    assert [load.sequence for load in sla.landing.loads(SLA)] == [1, 2]


def test_a_file_that_goes_back_to_what_it_was_is_news(sla):
    for value in ("1", "2", "1", "2"):
        sla.write("sla.csv", SLA_HEADER + f"P1,high,{value}\n")
        assert counts(sla.land(SLA)) == (1, 1, 0, 0)
        assert hours(sla) == {"P1": float(value)}


def test_a_row_corrected_in_a_later_file(sla):
    sla.write("sla_1.csv", SLA_HEADER + "P1,high,1\nP2,normal,8\n")
    sla.write("sla_2.csv", SLA_HEADER + "P1,high,4\n")
    assert len(sla.night()[SLA].loads_new) == 2
    assert hours(sla) == {"P1": 4, "P2": 8}


def test_an_older_version_in_a_later_file_does_not_supersede(company):
    company.map(EMPLOYEES, {"path": "staff_*.csv"})
    header = "employee_id,full_name,updated_at\n"
    company.write("staff_1.csv", header + "E1,New,2024-02-01 00:00:00\n")
    company.write("staff_2.csv", header + "E1,Old,2024-01-01 00:00:00\n")
    company.night()
    assert company.newest(EMPLOYEES)["E1", None]["full_name"] == "New"
    assert len(company.landed(EMPLOYEES)) == 2


def test_full_exports_with_history_land_each_version_once(company):
    company.map(EMPLOYEES, {"path": "staff.csv"})
    header = "employee_id,full_name,updated_at\n"
    rows = [
        "E1,First,2024-01-01 00:00:00\n",
        "E1,Second,2024-02-01 00:00:00\n",
        "E1,Third,2024-03-01 00:00:00\n",
    ]
    for night in (1, 2, 3):
        company.write("staff.csv", header + "".join(rows[:night]))
        assert counts(company.land(EMPLOYEES)) == (night, 1, 0, night - 1)


@pytest.fixture
def marked(company):
    """Staff records with a column that says whether they were deleted."""
    columns = {
        "employee_id": "no",
        "full_name": "name",
        "employment_type": "kind",
        "updated_at": "at",
        "_deleted": {"sql": "op = 'D'"},
    }
    company.map(EMPLOYEES, {"path": "staff*.csv", "columns": columns})
    return company


MARKED_HEADER = "no,name,kind,at,op\n"


def test_delete_marker(marked):
    marked.write(
        "staff1.csv",
        MARKED_HEADER + "E1,Li,permanent,2024-01-01 00:00,I\nE2,Wu,permanent,2024-01-01 00:00,I\n",
    )
    marked.land(EMPLOYEES)
    marked.write("staff2.csv", MARKED_HEADER + "E1,Li,permanent,2024-02-01 00:00,D\n")
    load = marked.land(EMPLOYEES)
    assert counts(load) == (1, 1, 0, 0)
    assert set(marked.newest(EMPLOYEES)) == {("E2", None)}


def test_delete_marker_with_nothing_but_the_key(marked):
    marked.write("staff1.csv", MARKED_HEADER + "E1,Li,permanent,2024-01-01 00:00,I\n")
    marked.land(EMPLOYEES)
    marked.write("staff2.csv", MARKED_HEADER + "E1,,not a kind,,D\n")
    assert counts(marked.land(EMPLOYEES)) == (1, 1, 0, 0)
    assert marked.newest(EMPLOYEES) == {}


def test_delete_marker_without_version_in_the_same_file(marked):
    rows = (
        "E1,Li,permanent,2024-01-01 00:00,I\n"
        "E1,Li,permanent,2024-02-01 00:00,U\n"
        "E2,Wu,permanent,2024-01-01 00:00,I\n"
    )
    marked.landing_options["memory_bytes"] = 40 * PER_BLOCK_BYTE
    marked.write("staff1.csv", MARKED_HEADER + rows)
    marked.land(EMPLOYEES)
    marked.write("staff2.csv", MARKED_HEADER + "E2,Wu,permanent,2024-03-01 00:00,U\n" + "E1,,,,D\n")
    marked.land(EMPLOYEES)
    assert set(marked.newest(EMPLOYEES)) == {("E2", None)}


def test_a_record_that_comes_back_after_its_deletion(marked):
    row = "E1,Li,permanent,2024-01-01 00:00,{}\n"
    for number, (operation, alive) in enumerate([("I", 1), ("D", 0), ("I", 1)]):
        marked.write(
            f"staff{number}.csv",
            MARKED_HEADER + row.format(operation) + "X,,,2024-01-01 00:00,I\n" * (number == 2),
        )
        marked.land(EMPLOYEES)
        assert (("E1", None) in marked.newest(EMPLOYEES)) == bool(alive)


def test_a_changed_mapping_reads_the_file_again_and_takes_back_what_it_made_up(company):
    company.map(EMPLOYEES, {"path": "staff.csv", "columns": {"employee_id": "no"}})
    company.write("staff.csv", "no,id\n1,E1\n2,E2\n")
    company.land(EMPLOYEES)
    company.map(EMPLOYEES, {"path": "staff.csv", "columns": {"employee_id": "id"}})
    load = company.land(EMPLOYEES)
    assert (load.rows_landed, load.rows_deleted) == (2, 2)
    assert set(company.newest(EMPLOYEES)) == {("E1", None), ("E2", None)}
    assert company.night()[EMPLOYEES].loads_new == []


# Snapshots: what a file no longer holds is deleted

GOAL_HEADER = "goal_id,title,title_zh,perspective,level\n"


@pytest.fixture
def goals(company):
    """A table of the strategy library, whose files are always complete."""
    contract = yaml.safe_load((CONTRACTS_FOLDER / "library" / "goals.yml").read_text(encoding="utf-8"))
    company.required = {
        name: (column.get("allowed") or [None])[0]
        for name, column in contract["columns"].items()
        if column.get("required") and name != "goal_id"
    }
    company.map(GOALS, {"path": "goals*.csv"})
    return company


def goal_file(company, *goals, **changes):
    values = {**{name: allowed or "x" for name, allowed in company.required.items()}, **changes}
    rows = [",".join([goal, *values.values()]) for goal in goals]
    return "\n".join([",".join(["goal_id", *values]), *rows, ""])


def alive(company):
    return {key[0] for key in company.newest(GOALS)}


def test_a_record_that_vanished_from_a_snapshot_is_deleted(goals):
    goals.write("goals.csv", goal_file(goals, "G1", "G2", "G3"))
    goals.land(GOALS)
    goals.write("goals.csv", goal_file(goals, "G1", "G3"))
    load = goals.land(GOALS)
    assert (*counts(load), load.rows_deleted) == (2, 0, 0, 2, 1)
    assert alive(goals) == {"G1", "G3"}
    goals.write("goals.csv", goal_file(goals, "G1", "G2", "G3"))
    assert counts(goals.land(GOALS)) == (3, 1, 0, 2)
    assert alive(goals) == {"G1", "G2", "G3"}


def test_each_file_of_a_snapshot_answers_for_its_own_records(goals):
    goals.write("goals_a.csv", goal_file(goals, "A1", "A2"))
    goals.write("goals_b.csv", goal_file(goals, "B1"))
    goals.night()
    goals.write("goals_a.csv", goal_file(goals, "A2"))
    goals.land(GOALS)
    assert alive(goals) == {"A2", "B1"}


def test_a_file_that_left_a_snapshot_takes_its_records_along(goals):
    goals.write("goals_a.csv", goal_file(goals, "A1", "A2"))
    goals.write("goals_b.csv", goal_file(goals, "B1"))
    goals.night()
    goals.remove("goals_b.csv")
    assert goals.land(GOALS).rows_deleted == 1
    assert alive(goals) == {"A1", "A2"}
    assert goals.night()[GOALS].loads_new == []


def test_a_renamed_file_of_a_snapshot_keeps_answering(goals):
    goals.write("goals_1.csv", goal_file(goals, "G1", "G2"))
    goals.land(GOALS)
    goals.remove("goals_1.csv")
    goals.write("goals_2.csv", goal_file(goals, "G1", "G2"))
    goals.night()
    assert alive(goals) == {"G1", "G2"}
    goals.write("goals_2.csv", goal_file(goals, "G2"))
    goals.night()
    assert alive(goals) == {"G2"}


def test_a_missing_snapshot_deletes_nothing(goals):
    goals.map(GOALS, {"path": "goals.csv"})
    goals.write("goals.csv", goal_file(goals, "G1"))
    goals.land(GOALS)
    goals.remove("goals.csv")
    assert goals.problem(GOALS).kind == "missing"
    assert alive(goals) == {"G1"}


def test_a_bad_row_of_a_snapshot_has_not_vanished(goals):
    goals.write("goals.csv", goal_file(goals, "G1", "G2"))
    goals.land(GOALS)
    name = next(name for name, allowed in goals.required.items() if allowed)
    goals.write("goals.csv", goal_file(goals, "G1", "G2", **{name: "nonsense"}))
    load = goals.land(GOALS)
    assert (load.rows_quarantined, load.rows_deleted) == (2, 0)
    assert alive(goals) == {"G1", "G2"}


def test_two_mappings_of_one_snapshot_file_do_not_delete_each_others_records(goals):
    first = {"path": "goals.csv", "filter": "goal_id LIKE 'A%'"}
    second = {"path": "goals.csv", "filter": "goal_id LIKE 'B%'"}
    goals.map(GOALS, [first, second])
    goals.write("goals.csv", goal_file(goals, "A1", "B1", "B2"))
    goals.night()
    assert alive(goals) == {"A1", "B1", "B2"}
    goals.write("goals.csv", goal_file(goals, "A1", "B2"))
    goals.night()
    assert alive(goals) == {"A1", "B2"}


def test_a_series_of_dated_exports_each_replacing_the_one_before(sla):
    sla.map(SLA, {"path": "sla_*.csv", "snapshot": "series"})
    sla.write("sla_1.csv", SLA_HEADER + "P1,high,1\nP2,normal,8\n")
    sla.write("sla_2.csv", SLA_HEADER + "P2,normal,8\nP3,normal,8\n")
    sla.night()
    assert set(hours(sla)) == {"P2", "P3"}
    sla.write("sla_3.csv", SLA_HEADER + "P1,high,1\nP2,normal,8\n")
    sla.night()
    assert set(hours(sla)) == {"P1", "P2"}
    assert sla.night()[SLA].loads_new == []


# A killed night

KILLED_WRITER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {project!r})
import ingestion.store as store

calls = 0
rename = Path.rename
def dying(self, target):
    global calls
    calls += 1
    if calls == {at}:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)
Path.rename = dying

from ingestion.contract import load_contracts
from ingestion.landing import Landing, land_table
from ingestion.profile import load_profile
folder = Path({folder!r})
land_table(load_profile(folder), load_contracts()[{table!r}], Landing(folder / "home"), run_id="killed")
"""


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_killed_night_leaves_no_half_load_and_the_next_converges(sla, at):
    sla.write("sla_1.csv", SLA_HEADER + "P1,high,1\nP2,low,x\n")
    sla.write("sla_2.csv", SLA_HEADER + "P1,high,2\nP3,low,x\n")
    undisturbed = type(sla)(sla.folder / "undisturbed")
    undisturbed.map(SLA, {"path": "sla_*.csv"})
    for name in ("sla_1.csv", "sla_2.csv"):
        undisturbed.write(name, (sla.folder / name).read_bytes())
    undisturbed.night()
    sla.map(SLA, {"path": "missing_*.csv"})
    sla.night()
    sla.map(SLA, {"path": "sla_*.csv"})
    (sla.folder / "sources.yml").write_text(
        (sla.folder / "sources.yml").read_text().replace("missing_", "sla_")
    )
    script = KILLED_WRITER.format(
        project=str(CONTRACTS_FOLDER.parents[1]), at=at, folder=str(sla.folder), table=SLA
    )
    killed = subprocess.run([sys.executable, "-c", script], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(sla.landing.loads(SLA)) == (at - 1) // 2
    sla.night()
    assert sla.newest(SLA) == undisturbed.newest(SLA)
    assert [(load.load_id, load.sequence, *counts(load)) for load in sla.landing.loads(SLA)] == [
        (load.load_id, load.sequence, *counts(load)) for load in undisturbed.landing.loads(SLA)
    ]
    assert sla.quarantined(SLA) == undisturbed.quarantined(SLA)
    assert list((sla.landing.landing_folder / ".incoming").iterdir()) == []


def test_the_manifest_says_what_is_in_the_parquet_file(sla):
    sla.write("sla.csv", SLA_HEADER + "P1,high,1\nP2,normal,8\n")
    load = sla.land(SLA)
    frame = pl.read_parquet(sla.landing.rows_path(load))
    assert frame.height == load.rows_landed + load.rows_deleted
    assert frame["_load_id"].unique().to_list() == [load.load_id]
    assert frame["_source_row"].to_list() == [2, 3]
    assert (load.source, load.file, load.run_id) == ("system", "sla.csv", "night-1")
