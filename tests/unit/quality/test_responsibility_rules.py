"""RSP-03 to RSP-14: silent where everything is in order, and each names what is not by file and line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from staffed_company import StaffedCompany

from quality.check import PROJECT_DIR
from quality.findings import Finding
from quality.rules import load
from quality.rules.load import bound, gini


@pytest.fixture
def company(tmp_path: Path) -> StaffedCompany:
    return StaffedCompany(tmp_path)


def place(finding: Finding) -> tuple[str, str, str, int]:
    return finding.rule_id, finding.object_id, finding.file.name, finding.line


def places(company: StaffedCompany) -> set[tuple[str, str, str, int]]:
    return {place(finding) for finding in company.found()}


def test_nothing_is_found_where_all_is_in_order(company: StaffedCompany) -> None:
    assert company.found() == []


def test_nobody_is_spoken_of_before_people_have_landed(company: StaffedCompany) -> None:
    company.edit("holdings.csv", "E2,P-STEWARD,1,true,2025-01-01,\n", "")
    company.edit("assignment_acks.csv", "A2,E1,1.0,2026-01-05,2026-01-06\n", "")

    assert company.check().findings == ()


ASSIGNMENTS = "metric_assignments.csv"
ONE_FILE_MUTATIONS = [
    # RSP-03: made of figures of finance, and nobody of finance carries it
    (ASSIGNMENTS, "A5,revenue,position,P-APPROVER,,approver,,,2026-01-01,",
     "A5,revenue,position,P-APPROVER,,approver,,,2026-01-01,\nA6,revenue_per_fte,position,P-CLERK,,owner,,,2026-06-15,\n"
     "A7,revenue_per_fte,position,P-CLERK,,collaborator,,,2026-06-15,",
     ("RSP-03", "revenue_per_fte", ASSIGNMENTS, 7)),
    ("position_metrics.csv", "P-STEWARD,closing_fte,D3,,,\n", "",
     ("RSP-04", "closing_fte", "closing_fte.yml", 2)),
    ("position_metrics.csv", "P-STEWARD,closing_fte,D3,,,\n", "P-STEWARD,closing_fte,D3,,,2026-06-30\n",
     ("RSP-04", "closing_fte", "closing_fte.yml", 2)),
    ("position_metrics.csv", "P-STEWARD,closing_fte,D3,,,\n", "P-STEWARD,closing_fte,D9,,,\n",
     ("RSP-04", "closing_fte", "closing_fte.yml", 2)),
    ("duties.csv", "D3,P-STEWARD,", "D4,P-STEWARD,Count heads.,quantitative,,2026-01-10\nD3,P-STEWARD,",
     ("RSP-05", "D4", "duties.csv", 4)),
    ("duties.csv", "qualitative,Records,2026-01-10", "qualitative,Records,2025-06-29",
     ("RSP-06", "D3", "duties.csv", 4)),
    ("duties.csv", "qualitative,Records,2026-01-10", "qualitative,Records,",
     ("RSP-06", "D3", "duties.csv", 4)),
    ("adjustments.csv", "effective_on\n", "effective_on\nJ1,metric,closing_fte,New window.,2026-02-01\n",
     ("RSP-06", "D3", "duties.csv", 4)),
    ("metric_consultations.csv", "closing_fte,P-OWNER,E1,2025-12-01\n", "closing_fte,P-CLERK,E9,2025-12-01\n",
     ("RSP-10", "closing_fte", "closing_fte.yml", 2)),
    ("duties.csv", "quantitative,Discounts,", "quantitative,,", ("RSP-11", "P-OWNER", ASSIGNMENTS, 3)),
    ("assignment_acks.csv", "A4,E5,1.0,2026-01-05,2026-01-06\n", "", ("RSP-12", "A4", ASSIGNMENTS, 5)),
    ("assignment_acks.csv", "A2,E1,1.0,", "A2,E1,1.1,", ("RSP-12", "A3", ASSIGNMENTS, 4)),
    (ASSIGNMENTS, "A5,revenue,position,P-APPROVER,", "A5,revenue,position,P-OLD,",
     ("RSP-14", "A5", ASSIGNMENTS, 6)),
    (ASSIGNMENTS, "A5,revenue,position,P-APPROVER,", "A5,revenue,employee,E77,",
     ("RSP-14", "A5", ASSIGNMENTS, 6)),
    (ASSIGNMENTS, "A5,revenue,position,P-APPROVER,", "A5,revenue,org_unit,U9,",
     ("RSP-14", "A5", ASSIGNMENTS, 6)),
    (ASSIGNMENTS, "A5,revenue,", "A5,revenew,", ("RSP-14", "A5", ASSIGNMENTS, 6)),
    ("holdings.csv", "E3,P-APPROVER,1,true,2025-01-01,", "E3,P-APPROVER,1,true,2025-01-01,2026-06-30",
     ("RSP-14", "A5", ASSIGNMENTS, 6)),
    ("employees.csv", "E3,2024-01-01,\n", "E3,2024-01-01,2026-06-30\n", ("RSP-14", "A5", ASSIGNMENTS, 6)),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "expected"), ONE_FILE_MUTATIONS)
def test_one_fault_is_found_at_its_place(
    company: StaffedCompany, file: str, old: str, new: str, expected: tuple[str, str, str, int]
) -> None:
    company.edit(file, old, new)

    assert expected in places(company)


def test_metric_that_one_position_owns_alone(company: StaffedCompany) -> None:
    line = company.append(ASSIGNMENTS, "A6,kept_rate,position,P-OWNER,,owner,,,2026-06-15,")

    assert places(company) == {("RSP-07", "kept_rate", ASSIGNMENTS, line)}


def test_a_duty_that_a_later_change_of_its_metric_overtook(company: StaffedCompany) -> None:
    company.append("adjustments.csv", "J1,metric,revenue,New window.,2026-02-01")
    found = {place(f) for f in company.found()}

    assert {p for p in found if p[0] == "RSP-06"} == {("RSP-06", "D1", "duties.csv", 2)}
    assert {p[1] for p in found if p[0] == "RSP-12"} == {"A2", "A3", "A4"}, "all acknowledged it before"


def test_people_whose_metrics_take_their_time(company: StaffedCompany) -> None:
    company.edit(ASSIGNMENTS, "A4,revenue,position,P-SELLER,,collaborator,100,20,",
                 "A4,revenue,position,P-SELLER,,collaborator,100,90,")  # fmt: skip
    found = {place(f) for f in company.found() if f.rule_id == "RSP-08"}

    assert found == {("RSP-08", f"E{n}", ASSIGNMENTS, 5) for n in range(4, 9)}


def test_one_of_a_team_answers_for_nothing(company: StaffedCompany) -> None:
    company.edit("holdings.csv", "E9,P-CLERK,0.5", "E9,P-HELPER,0.5")
    company.edit("positions.csv", "P-CLERK,Clerk,finance,U2", "P-HELPER,Helper,sales,U1")
    (finding,) = company.found()

    assert place(finding) == ("RSP-09", "U1", "units.csv", 3)
    assert "1 of 8 people" in finding.message
    assert "E9" in finding.message


def test_one_of_a_unit_carries_everything(company: StaffedCompany) -> None:
    company.edit(
        ASSIGNMENTS, "A3,revenue,position,P-STEWARD,U1,owner", "A3,revenue,position,P-STEWARD,U1,informed"
    )
    company.edit(
        ASSIGNMENTS, "position,P-SELLER,,collaborator,100,20", "position,P-CLERK,,collaborator,100,20"
    )
    company.edit("assignment_acks.csv", "A4,E4,", "A4,E9,")
    found = company.found()

    assert [place(f) for f in found] == [("RSP-09", "U1", "units.csv", 3)]
    assert "Gini 0.86" in found[0].message, "one of seven carries all: 1 - 1/7"


def test_two_positions_that_do_the_same(company: StaffedCompany) -> None:
    company.edit("duties.csv", "D3,P-STEWARD,Keep the register of people right.,qualitative",
                 "D4,P-STEWARD,Keep promises to customers!,qualitative,Records,2026-01-10\n"
                 "D3,P-STEWARD,Grow the  revenue,qualitative")  # fmt: skip

    assert places(company) == {("RSP-13", "revenue", ASSIGNMENTS, 4)}


def test_sister_units_may_have_the_same_job(company: StaffedCompany) -> None:
    company.edit("duties.csv", "D3,P-STEWARD,Keep the register of people right.,qualitative",
                 "D4,P-STEWARD,Keep promises to customers!,qualitative,Records,2026-01-10\n"
                 "D3,P-STEWARD,Grow the  revenue,qualitative")  # fmt: skip
    company.edit(ASSIGNMENTS, "A2,revenue,position,P-OWNER,,owner", "A2,revenue,position,P-OWNER,U2,owner")

    assert not [f for f in company.found() if f.rule_id == "RSP-13"]


def test_metric_that_does_not_apply_to_whom_it_is_scored_for(company: StaffedCompany) -> None:
    company.edit(
        "revenue.yml",
        "          direction: up\n",
        "          direction: up\n          applies_to: [job_family:sales]\n",
    )
    assert company.found() == []
    company.edit("positions.csv", "P-SELLER,Seller,sales", "P-SELLER,Seller,finance")
    assert places(company) == {("RSP-14", "A4", ASSIGNMENTS, 5)}
    company.edit(
        ASSIGNMENTS,
        "A4,revenue,position,P-SELLER,,collaborator,100",
        "A4,revenue,position,P-SELLER,,collaborator,",
    )
    assert company.found() == [], "who only helps may come from anywhere"


@pytest.mark.parametrize(("since", "found"), [("2026-05-31", []), ("2026-05-30", ["RSP-12"])])
def test_somebody_new_has_a_month_to_acknowledge(
    company: StaffedCompany, since: str, found: list[str]
) -> None:
    company.edit("assignment_acks.csv", "A4,E5,1.0,2026-01-05,2026-01-06\n", "")
    company.edit("holdings.csv", "E5,P-SELLER,1,true,2025-01-01", f"E5,P-SELLER,1,true,{since}")

    assert [f.rule_id for f in company.found()] == found


def test_rules_and_mart_share_their_thresholds() -> None:
    project = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))

    assert {name: value for name, value in project["vars"].items() if name.startswith("load_")} == {
        "load_max_metrics": load.MOST_METRICS,
        "load_usual_metrics": load.USUAL_METRICS,
        "load_max_effort_pct": load.MOST_EFFORT_PCT,
        "load_min_unit_people": load.FEWEST_IN_UNIT,
    }


LOADS = st.lists(st.integers(0, 400).map(lambda n: Decimal(n) / 4), min_size=2, max_size=40)


@given(LOADS)
def test_gini_lies_between_all_the_same_and_one_has_all(values: list[Decimal]) -> None:
    found = gini(values)

    if not any(values):
        assert found is None
    else:
        assert Decimal("-1e-20") <= found <= 1 - Decimal(1) / len(values) + Decimal("1e-20")


@given(st.integers(2, 40), st.integers(1, 400))
def test_gini_of_equal_loads_is_nothing_and_of_one_carrier_nearly_one(n: int, load_of_each: int) -> None:
    alone = [Decimal(0)] * (n - 1) + [Decimal(load_of_each)]

    assert abs(gini([Decimal(load_of_each)] * n)) < Decimal("1e-20")
    assert abs(gini(alone) - (1 - Decimal(1) / n)) < Decimal("1e-20")


@given(LOADS, st.integers(2, 9))
def test_gini_knows_no_unit_and_no_order(values: list[Decimal], factor: int) -> None:
    if any(values):
        assert abs(gini([value * factor for value in reversed(values)]) - gini(values)) < Decimal("1e-20")


@given(LOADS)
def test_the_bound_is_never_below_three_quarters_of_the_unit(values: list[Decimal]) -> None:
    assert sum(value <= bound(values) for value in values) * 4 >= len(values) * 3


def test_gini_of_a_worked_example() -> None:
    assert gini([Decimal(n) for n in (1, 1, 2, 4)]) == Decimal("0.3125")
    assert bound([Decimal(n) for n in (1, 1, 2, 4)]) == Decimal("4.75")
