"""Balance of what is measured, and whether reviews lead to anything: a sound company passes, a "
"mutation is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_company import SmallCompany

from quality.findings import Finding
from quality.rules import portfolio

TABLES = {
    "reviews": "review_id,org_unit_id,cadence,held_on,planned_on\n"
    "R1,U1,monthly,2026-05-04,2026-05-04\nR2,U1,monthly,,2026-07-04\nR3,U1,monthly,,2026-06-25\n",
    "review_items": "review_item_id,review_id,kind,metric_id,cause_class,is_miss,text,text_zh,raised_on\n"
    "I1,R1,problem,revenue,process,true,Late.,延误。,2026-05-04\n"
    "I2,R1,idea,revenue,,false,Try.,尝试。,2026-05-04\nI3,R1,problem,revenue,system,true,New.,新。,2026-06-20\n",
    "action_items": "action_id,title,title_zh,review_item_id,opened_on,due_on\n"
    "A1,Do it,去做,I1,2026-05-04,2026-06-04\n",
}
UNITS = "unit_id,name,unit_type\nU1,Front,front\nU2,Middle,middle\nU3,Back,back\n"


@pytest.fixture
def reviewed(company: SmallCompany) -> SmallCompany:
    """The small company with reviews, items and actions."""
    lines = "".join(f"      library.{name}: {{path: {name}.csv, columns: same}}\n" for name in TABLES)
    company.edit("sources.yml", "      library.waivers:", f"{lines}      library.waivers:")
    for name, text in TABLES.items():
        (company.profile / "strategy" / f"{name}.csv").write_text(text, "utf-8")
    assert company.check().findings == ()
    return company


@pytest.mark.parametrize(
    ("rule_id", "file", "old", "new", "found"),
    [
        ("REV-01", "reviews.csv", "R1,U1,monthly,2026-05-04", "R1,U1,monthly,", "R1"),
        ("REV-02", "review_items.csv", "revenue,process,true", "revenue,,true", "I1"),
        ("REV-03", "action_items.csv", "去做,I1", "去做,I2", "I1"),
        ("REV-03", "review_items.csv", "New.,新。,2026-06-20", "New.,新。,2026-05-30", "I3"),
    ],
)
def test_reviews_that_lead_nowhere(
    reviewed: SmallCompany, rule_id: str, file: str, old: str, new: str, found: str
) -> None:
    reviewed.edit(file, old, new)
    finding = reviewed.only(rule_id)
    place = "review_items.csv" if found.startswith("I") else file
    assert (finding.object_id, finding.file.name) == (found, place)
    assert finding.line == reviewed.line(place, f"{found},")


def stated(company: SmallCompany, metric: str, **fields: str) -> None:
    """Add fields to a metric's block."""
    lines = "".join(f"          {name}: {content}\n" for name, content in fields.items())
    company.edit(f"{metric}.yml", "          direction: up\n", f"          direction: up\n{lines}")


def test_unit_whose_scorecard_looks_one_way(company: SmallCompany) -> None:
    text = company.path("goals.csv").read_text("utf-8")
    head, *rows = text.splitlines()
    company.path("goals.csv").write_text(
        "\n".join([f"{head},org_unit_id", *(f"{row},U1" for row in rows)]) + "\n", "utf-8"
    )
    core = ("revenue_per_fte", "average_fte", "closing_fte")
    for metric in core[:2]:
        company.edit("goal_metrics.csv", f"G1,{metric},,monitor", f"G1,{metric},30,core")
        company.append("targets.csv", f"T-{metric},{metric},company,U1,year,2026-01-01,1,at_least,1")
    company.edit("goal_metrics.csv", "G1,revenue,100,core", "G1,revenue,40,core")
    assert company.findings("BAL-01") == [], "financial, process and learning are there"
    for metric in core:
        company.edit("goal_metrics.csv", f"G1,{metric},", f"G4,{metric},")
    for old, new in [("G1,revenue,40", "G1,revenue,100"), *((f"G4,{m},30", f"G4,{m},50") for m in core[:2])]:
        company.edit("goal_metrics.csv", old, new)
    company.append("goals.csv", "G4,objective,tactical,learning,Learn,学习,2026-01-01,2027-01-01,active,U2")
    company.append("cascade_edges.csv", "E4,G1,G4,support,Why.")
    company.edit("goal_metrics.csv", "G2,kept_rate,100,core", "G2,kept_rate,100,core\nG2,revenue,,core")
    assert company.findings("BAL-01") == [], "three core metrics are not expected to cover more"


def test_unit_with_five_core_metrics_of_two_perspectives(company: SmallCompany) -> None:
    text = company.path("goals.csv").read_text("utf-8").replace(",financial,", ",process,")
    head, *rows = text.splitlines()
    company.path("goals.csv").write_text(
        "\n".join([f"{head},org_unit_id", *(f"{row},U1" for row in rows)]) + "\n", "utf-8"
    )
    for number in range(3):
        name = f"placed_{number}"
        company.add(name, "    type: simple\n    type_params:\n      measure: orders_received\n")
        company.append("goal_metrics.csv", f"G2,{name},,core")
        company.append("targets.csv", f"T-{name},{name},company,U1,year,2026-01-01,1,at_least,1")
    finding = company.only("BAL-01")
    assert (finding.object_id, finding.file.name, finding.line) == ("U1", "goals.csv", 2)
    assert "customer and learning" in finding.message


def test_chain_that_shows_no_benefit(company: SmallCompany) -> None:
    for metric in ("revenue", "kept_rate", "cancellation_rate"):
        stated(company, metric, lens="[effectiveness, efficiency]")
    finding = company.only("BAL-02")
    assert (finding.object_id, finding.line) == ("G1", 2)
    assert "benefit" in finding.message
    company.edit("revenue.yml", "lens: [effectiveness, efficiency]", "lens: [benefit]")
    assert company.findings("BAL-02") == []


@pytest.mark.parametrize(
    ("first", "second", "severity"),
    [
        ("[time]", "[time]", "error"),
        ("[time]", "[quality]", "warning"),
        ("[time, cost]", "[quality]", None),
    ],
)
def test_process_seen_in_too_few_dimensions(
    company: SmallCompany, first: str, second: str, severity: str | None
) -> None:
    company.edit("goals.csv", "G2,key_result", "G2,objective")
    stated(company, "kept_rate", dimensions=first, counter_metrics="[revenue]")
    stated(company, "cancellation_rate", dimensions=second, counter_metrics="[revenue]")
    found = [f for f in company.check().findings if f.rule_id == "BAL-03"]
    assert [(f.object_id, f.severity, f.line) for f in found] == ([("G2", severity, 3)] if severity else [])


def test_strategy_that_reaches_nobody(company: SmallCompany) -> None:
    company.edit("goals.csv", "G3,key_result,execution", "G3,key_result,tactical")
    finding = company.only("BAL-04")
    assert (finding.object_id, finding.line) == ("G1", 2)
    assert "a team's goal" in finding.message
    assert "person" not in finding.message


def test_volume_without_a_counter(company: SmallCompany) -> None:
    stated(company, "revenue", dimensions="[quantity]", counter_metrics="[kept_rate]")
    assert company.findings("BAL-05") == []
    company.edit("kept_rate.yml", "status: published", "status: draft")
    found = [f for f in company.check().findings if f.rule_id == "BAL-05"]
    line = company.line("revenue.yml", "counter_metrics")
    assert [(f.object_id, f.file.name, f.line) for f in found] == [("revenue", "revenue.yml", line)]


@pytest.mark.parametrize(("unit", "fires"), [("U1", True), ("U2", True), ("U3", False)])
def test_unit_that_does_not_measure_its_purpose(company: SmallCompany, unit: str, fires: bool) -> None:
    company.edit(
        "sources.yml",
        "      hr.positions:",
        "      hr.org_units:\n        path: units.csv\n"
        "        columns: {org_unit_id: unit_id, name: name, unit_type: unit_type}\n      hr.positions:",
    )
    (company.profile / "exports" / "units.csv").write_text(UNITS, "utf-8")
    head, first, second, third = company.path("goals.csv").read_text("utf-8").splitlines()
    company.path("goals.csv").write_text(
        f"{head},org_unit_id\n{first},\n{second},{unit}\n{third},{unit}\n", "utf-8"
    )
    assert [(f.object_id, f.line) for f in company.findings("BAL-06")] == ([(unit, 3)] if fires else [])


@pytest.mark.parametrize(("extra", "fires"), [(0, True), (1, False), (3, False), (4, True)])
def test_chain_with_too_few_or_too_many_core_metrics(company: SmallCompany, extra: int, fires: bool) -> None:
    company.edit("goals.csv", "G2,key_result", "G2,objective")
    for number in range(extra):
        name = f"placed_{number}"
        company.add(name, "    type: simple\n    type_params:\n      measure: orders_received\n")
        company.append("goal_metrics.csv", f"G2,{name},,core")
        company.append("targets.csv", f"T-{name},{name},company,U1,year,2026-01-01,1,at_least,1")
    found = [(f.object_id, f.file.name, f.line) for f in company.findings("BAL-07")]
    assert found == ([("G2", "goals.csv", 3)] if fires else [])


def overloaded(company: SmallCompany) -> list[Finding]:
    return [finding for finding in company.check().findings if finding.rule_id == "BAL-08"]


def test_position_with_more_than_it_can_work_on(company: SmallCompany) -> None:
    text = company.path("metric_assignments.csv").read_text("utf-8").splitlines()
    names = [f"placed_{number}" for number in range(8)]
    for name in names:
        company.add(name, "    type: simple\n    type_params:\n      measure: orders_received\n")
        company.append("goal_metrics.csv", f"G1,{name},,monitor")
    rows = [f"B-{name},{name},position,P-OWNER,,owner,,,10" for name in names]
    head, *kept = text
    company.path("metric_assignments.csv").write_text(
        "\n".join([f"{head},weight", *(f"{row}," for row in kept), *rows[:7]]) + "\n", "utf-8"
    )
    assert overloaded(company) == []
    line = company.append("metric_assignments.csv", rows[7])
    [finding] = overloaded(company)
    assert (finding.object_type, finding.object_id, finding.file.name) == (
        "position",
        "P-OWNER",
        "metric_assignments.csv",
    )
    assert finding.line < line
    assert "8 core metrics" in finding.message


def test_position_whose_time_is_measured_away(company: SmallCompany) -> None:
    head, *rows = company.path("metric_assignments.csv").read_text("utf-8").splitlines()
    effort = {"A2": "81"}
    company.path("metric_assignments.csv").write_text(
        "\n".join([f"{head},effort_pct", *(f"{row},{effort.get(row[:2], '')}" for row in rows)]) + "\n",
        "utf-8",
    )
    finding = company.only("BAL-08")
    assert (finding.object_id, finding.line) == ("P-OWNER", 3)
    assert "81" in finding.message


@pytest.mark.parametrize(
    ("lens", "dimensions", "experience", "lacking"),
    [
        ("[efficiency]", "[quality]", "fct_order", ""),
        ("[benefit]", "[quality]", "fct_order", "has no metric of efficiency;"),
        ("[efficiency]", "[cost]", "fct_order", "has no metric of quality;"),
        (
            "[benefit]",
            "[cost]",
            "fct_satisfaction_rating",
            "has no metric of efficiency or quality or experience;",
        ),
    ],
)
def test_pilot_that_shows_one_side(
    company: SmallCompany,
    monkeypatch: pytest.MonkeyPatch,
    lens: str,
    dimensions: str,
    experience: str,
    lacking: str,
) -> None:
    """What the pilot measures is kept_rate and cancellation_rate, both of orders."""
    monkeypatch.setattr(portfolio, "EXPERIENCE_FACTS", (experience,))
    company.edit("sources.yml", "sources:\n", "pilot_goals: [G2]\nsources:\n")
    stated(company, "kept_rate", lens=lens, dimensions=dimensions)
    found = company.findings("BAL-10")
    assert [(f.object_id, f.file.name, f.line) for f in found] == [("G2", "goals.csv", 3)] * bool(lacking)
    assert all(lacking in f.message for f in found)


def test_pilot_of_a_goal_that_is_not_active(company: SmallCompany) -> None:
    company.edit("sources.yml", "sources:\n", "pilot_goals: [G9]\nsources:\n")
    finding = company.only("BAL-10")
    assert (finding.object_id, finding.file.name) == ("G9", "sources.yml")
    assert "not an active goal" in finding.message


def test_experience_is_what_people_say_in_facts_that_there_are() -> None:
    models = Path(__file__).resolve().parents[3] / "dbt_project" / "models" / "semantic"
    assert all((models / f"{fact}.yml").is_file() for fact in portfolio.EXPERIENCE_FACTS)
