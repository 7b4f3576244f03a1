import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

from ingestion.profile import load_profile
from planning.allocation import PlanningError
from planning.cascade import Subject
from planning.library_files import Change, held_targets, write_targets
from planning.plan import Existing, Request, propose
from tests.unit.planning.small_company import HOLDINGS, ground

PROFILE = """
company: {{name: Small, name_zh: 小公司, time_zone: Asia/Shanghai, currency: CNY}}
sources:
  strategy:
    kind: library
    root: "."
    tables:
      library.targets: {{path: strategy/{targets}, snapshot: true, columns: same}}
      library.adjustments: {{path: strategy/adjustments*.csv, snapshot: true, columns: same}}
"""
C, E1 = Subject("company", "C"), Subject("employee", "E1")
WHY = Change("The market grew. / 市场增长。", "E9")


@pytest.fixture
def profile(tmp_path):
    (tmp_path / "sources.yml").write_text(PROFILE.format(targets="targets*.csv"), "utf-8")
    return load_profile(tmp_path)


BEFORE, HALFWAY = date(2025, 12, 31), date(2026, 6, 30)


def planned(profile, target="1440", as_of=BEFORE, **asked):
    held = held_targets(profile, "sales")
    return propose(
        ground(as_of=as_of), Request("sales", 2026, Decimal(target), spread="flat", **asked), held
    ), held


def rows(file):
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_what_is_written_is_what_the_profile_reads(profile):
    plan, held = planned(profile)
    written = write_targets(plan, profile, held)
    read = held_targets(profile, "sales")

    assert written.new == len(plan.targets) == len(read)
    assert {key: one.amount for key, one in read.items()} == {
        (one.subject, one.period.grain, one.period.start): one.amount for one in plan.targets
    }


def test_written_parts_sum_to_their_parents(profile):
    plan, held = planned(profile, method="history")
    [file] = write_targets(plan, profile, held).files
    by_id = {row["target_id"]: row for row in rows(file)}
    sums = defaultdict(Decimal)
    for row in by_id.values():
        if row["parent_target_id"]:
            sums[row["parent_target_id"]] += Decimal(row["target"])

    assert {row["allocation_method"] for row in by_id.values() if row["parent_target_id"]} == {"history"}
    assert {row["metric_version"] for row in by_id.values()} == {"1.0"}
    assert sums == {name: Decimal(by_id[name]["target"]) for name in sums}
    assert len(sums) > 30


def test_the_same_plan_again_changes_nothing(profile):
    write_targets(*planned(profile)[:1], profile, {})
    plan, held = planned(profile)
    again = write_targets(plan, profile, held)

    assert (again.files, again.new, again.revised) == ([], 0, 0)
    assert again.unchanged == len(plan.targets)


def test_a_higher_target_revises_what_is_open_with_a_reason_and_leaves_what_is_over(profile):
    plan, held = planned(profile)
    write_targets(plan, profile, held)
    before = held_targets(profile, "sales")
    plan, held = planned(profile, "2880", HALFWAY)
    with pytest.raises(
        PlanningError, match=r"targets that stand already would be revised: say why and who .* · 将修订"
    ):
        write_targets(plan, profile, held)
    written = write_targets(plan, profile, held, WHY)
    after = held_targets(profile, "sales")
    months = {
        start: one for (subject, grain, start), one in after.items() if subject == C and grain == "month"
    }

    assert [file.name for file in written.files] == [
        "targets-sales-C-2026-2.csv",
        "adjustments-sales-C-2026.csv",
    ]
    assert all(after[key] == before[key] for key in before if key[1] == "month" and key[2] < date(2026, 7, 1))
    assert months[date(2026, 7, 1)].revision == 2
    assert sum(one.amount for one in months.values()) == after[C, "year", date(2026, 1, 1)].amount == 2880
    [change] = rows(written.files[1])
    assert (change["object_type"], change["reason"], change["requested_by"]) == ("target", WHY.reason, "E9")
    assert {row["adjustment_id"] for row in rows(written.files[0])} == {change["adjustment_id"]}


def test_nothing_is_set_for_what_is_over(profile):
    plan, held = planned(profile, as_of=HALFWAY)
    written = write_targets(plan, profile, held)
    starts = {row["period_start_on"] for row in rows(written.files[0]) if row["period_grain"] == "month"}

    assert min(starts) == "2026-07-01"
    assert (written.new, written.over) == (
        len(held_targets(profile, "sales")),
        len(plan.targets) - written.new,
    )


def test_a_quarter_that_is_over_holds_its_months_together(profile):
    first = date(2026, 1, 1)
    held = {(E1, "quarter", first): Existing("T1", 1, Decimal(30))}
    plan = propose(ground(), Request("sales", 2026, Decimal(1440), spread="flat"), held)
    amounts = {(one.period.grain, one.period.start): one.amount for one in plan.targets if one.subject == E1}

    assert amounts["quarter", first] == 30
    assert [amounts["month", first.replace(month=month)] for month in (1, 2, 3)] == [10, 10, 10]
    assert amounts["month", date(2026, 4, 1)] > 40


def test_who_sits_in_two_places_has_no_single_target_above(profile):
    both = [*HOLDINGS, ("E1", "PB", "B", "0.2", date(2020, 1, 1), None)]
    plan = propose(ground(as_of=BEFORE, holdings=both), Request("sales", 2026, Decimal(1440)))
    [file] = write_targets(plan, profile, {}).files
    above = {
        row["subject_id"]: row["parent_target_id"] for row in rows(file) if row["period_grain"] == "year"
    }

    assert above["E1"] == above["E2"] == ""
    assert above["PA"] == "TG-sales-A-Y2026-01-R1"


def test_whole_weeks_are_written_and_the_one_across_the_year_is_not(profile):
    plan, held = planned(profile, by="week")
    [file] = write_targets(plan, profile, held).files
    weeks = [row for row in rows(file) if row["period_grain"] == "week" and row["subject_id"] == "C"]
    cut = sum(
        one.amount
        for one in plan.targets
        if one.period.grain == "week" and one.subject.id == "C" and one.period.start >= date(2026, 1, 26)
        and one.period.end <= date(2026, 2, 1)
    )  # fmt: skip

    assert [weeks[0]["period_start_on"], weeks[-1]["period_start_on"]] == ["2026-01-05", "2026-12-21"]
    assert len(weeks) == 51
    [across_january] = [row for row in weeks if row["period_start_on"] == "2026-01-26"]
    assert Decimal(across_january["target"]) == cut


def test_a_profile_that_would_not_read_the_file_says_how_to_change_it(tmp_path):
    (tmp_path / "strategy").mkdir()
    (tmp_path / "sources.yml").write_text(PROFILE.format(targets="targets.csv"), "utf-8")
    profile = load_profile(tmp_path)
    with pytest.raises(PlanningError, match=r"sources\.yml: a plan would not be read.*targets\*\.csv"):
        write_targets(planned(profile)[0], profile, {})


def test_a_targets_file_that_cannot_be_read_stops_the_plan(profile):
    (profile.folder / "strategy").mkdir()
    (profile.folder / "strategy" / "targets.csv").write_text("target_id,metric\nT1,sales\n", "utf-8")
    with pytest.raises(PlanningError, match=r"targets\.csv cannot be read.*missing: .* · .*请先修复该文件"):
        held_targets(profile, "sales")
