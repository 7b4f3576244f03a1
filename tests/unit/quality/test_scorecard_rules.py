"""SCR: a company with sound scorecards passes, and each mutation of them is found with file and line."""

from __future__ import annotations

from datetime import date

import pytest
from small_company import SmallCompany

from quality.findings import Finding

ASSIGNMENTS = """\
assignment_id,metric_id,goal_id,subject_type,subject_id,scope_org_unit_id,role,score_role,weight,valid_from,valid_to
A1,revenue,G1,position,P-OWNER,,owner,,40,2026-01-01,
A2,revenue_per_fte,,position,P-OWNER,,owner,,35,2026-01-01,
A3,closing_fte,,position,P-OWNER,,owner,core,25,2026-01-01,
A4,kept_rate,,position,P-OWNER,,owner,gate,,2026-01-01,
A5,cancellation_rate,,position,P-OWNER,,owner,bonus,5,2026-01-01,
A6,average_fte,,position,P-OWNER,,owner,,,2026-01-01,
""" + "".join(
    f"B{number},{metric},,position,P-APPROVER,,collaborator,,,2026-01-01,\n"
    for number, metric in enumerate(
        ("revenue", "revenue_per_fte", "closing_fte", "kept_rate", "cancellation_rate", "average_fte")
    )
)
TARGETS = """\
target_id,metric_id,subject_type,subject_id,period_grain,period_start_on,revision,kind,gate,target,lower_bound,upper_bound
T0,revenue,company,U1,quarter,2026-01-01,1,at_least,,1000,,
T1,revenue,company,U1,year,2026-01-01,1,at_least,,1000,,
T2,kept_rate,company,U1,quarter,2026-04-01,1,at_least,0.8,0.9,,
T3,cancellation_rate,company,U1,month,2026-06-01,1,at_most,,0.1,,
T4,revenue,company,U1,quarter,2026-04-01,1,at_least,,1000,,
T5,revenue,company,U1,quarter,2025-10-01,1,at_least,,1000,,
"""
INCENTIVES = """\
incentive_rule_id,kind,metric_id,score_from,reward,reward_zh,valid_from,valid_to
I1,pay,,95,A month's pay,一个月工资,2026-01-01,
I2,pay,revenue,,Commission,提成,2026-01-01,
I3,recognition,kept_rate,,Named,表彰,2026-01-01,
"""
SOFTENED = ("          direction:", "          hardness: soft\n          direction:")
PROJECT = "name: small\nvars:\n  score_states: [ok, stale]\n  score_bonus_cap: 10\n"


@pytest.fixture
def carded(company: SmallCompany) -> SmallCompany:
    """The small company with a scorecard for P-OWNER and rules that pay for it."""
    company.path("metric_assignments.csv").write_text(ASSIGNMENTS, encoding="utf-8")
    company.path("targets.csv").write_text(TARGETS, encoding="utf-8")
    (company.profile / "strategy" / "incentive_rules.csv").write_text(INCENTIVES, encoding="utf-8")
    company.edit(
        "sources.yml",
        "      library.waivers:",
        "      library.incentive_rules: {path: incentive_rules.csv, columns: same}\n      library.waivers:",
    )
    company.write("dbt_project.yml", PROJECT)
    return company


def place(finding: Finding) -> tuple[str, str, str, int]:
    return finding.rule_id, finding.object_id, finding.file.name, finding.line


def test_sound_scorecards_pass(carded: SmallCompany) -> None:
    assert carded.check().findings == ()


@pytest.mark.parametrize(
    ("rule_id", "object_id", "file", "line", "old", "new"),
    [
        ("SCR-01", "P-OWNER", "metric_assignments.csv", 2, "owner,,35,", "owner,,34.5,"),
        ("SCR-01", "P-OWNER", "metric_assignments.csv", 2, "25,2026-01-01,", "25,2026-01-01,2026-08-01"),
        ("SCR-01", "G3", "goal_metrics.csv", 5, "G3,cancellation_rate,100", "G3,cancellation_rate,90"),
        ("SCR-02", "A4", "metric_assignments.csv", 5, "gate,,", "gate,10,"),
        ("SCR-02", "A4", "targets.csv", 5, "at_least,0.8,0.9", "at_least,,0.9"),
        ("SCR-02", "A4", "targets.csv", 5, "T2,kept_rate,company,U1", "T2,kept_rate,team,U2"),
        ("SCR-04", "A5", "metric_assignments.csv", 6, "bonus,5,", "bonus,12,"),
        ("SCR-04", "A4", "kept_rate.yml", 5, *SOFTENED),
        ("SCR-06", "I1", "incentive_rules.csv", 2, "I1,pay,,95", "I1,pay,kept_rate,"),
        ("SCR-06", "I3", "incentive_rules.csv", 4, "I3,recognition", "I3,pay"),
        ("SCR-06", "I2", "revenue.yml", 3, *SOFTENED),
        ("SCR-06", "I2", "incentive_rules.csv", 3, "I2,pay,revenue", "I2,pay,revenew"),
    ],
)  # fmt: skip
def test_mutated_scorecard(
    carded: SmallCompany, rule_id: str, object_id: str, file: str, line: int, old: str, new: str
) -> None:
    carded.edit(file, old, new)
    finding = carded.only(rule_id)
    assert (finding.rule_id, finding.object_id, finding.line) == (rule_id, object_id, line)
    assert finding.file.suffix == ".csv"


def test_weights_are_looked_at_on_the_days_to_come(carded: SmallCompany) -> None:
    carded.edit("metric_assignments.csv", "core,25,2026-01-01,", "core,25,2026-01-01,2026-08-01")
    assert "add up to 75.00 on 2026-08-01" in carded.only("SCR-01").message
    carded.append("metric_assignments.csv", "A7,closing_fte,,position,P-OWNER,,owner,,25,2026-08-01,")
    assert carded.findings("SCR-01") == []


def test_a_gate_within_a_band_has_its_bounds_for_a_threshold(carded: SmallCompany) -> None:
    carded.edit("targets.csv", "at_least,0.8,0.9,,", "within,,0.9,0.8,1")
    assert carded.findings("SCR-02") == []


@pytest.mark.parametrize(("one", "two"), [(45, 30), (72, 3)])
def test_an_item_that_outweighs_the_rest_or_hardly_counts(carded: SmallCompany, one: int, two: int) -> None:
    carded.edit("metric_assignments.csv", "owner,,40,", f"owner,,{one},")
    carded.edit("metric_assignments.csv", "owner,,35,", f"owner,,{two},")
    found = carded.findings("SCR-03")
    assert place(found[0]) == ("SCR-03", "A1", "metric_assignments.csv", 2)
    assert {finding.severity for finding in found} == {"warning"}
    assert [finding.line for finding in found] == ([2] if two == 30 else [2, 3])


def test_two_items_cannot_both_weigh_little(carded: SmallCompany) -> None:
    carded.edit("metric_assignments.csv", "owner,,40,", "owner,,65,")
    carded.edit("metric_assignments.csv", "owner,core,25,", "owner,,,")
    assert carded.findings("SCR-03") == []


@pytest.mark.parametrize(
    ("rule_id", "old", "new", "line"),
    [
        ("SCR-04", "score_bonus_cap: 10", "score_bonus_cap: none", 4),
        ("SCR-05", "[ok, stale]", "[ok, no_data]", 3),
    ],
)
def test_settings_that_no_score_may_have(
    carded: SmallCompany, rule_id: str, old: str, new: str, line: int
) -> None:
    carded.edit("dbt_project.yml", old, new)
    finding = carded.only(rule_id)
    assert (finding.file.name, finding.line) == ("dbt_project.yml", line)


def test_pay_waits_until_a_metric_has_been_through_two_periods(carded: SmallCompany) -> None:
    carded.edit("targets.csv", "T5,revenue,company,U1,quarter,2025-10-01,1,at_least,,1000,,\n", "")
    assert "1 closed period(s)" in carded.only("SCR-06").message
    assert carded.check(date(2026, 7, 1)).findings
