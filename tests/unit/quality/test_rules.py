"""Each rule passes the sound company, and finds one mutation of it with file and line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from small_company import SmallCompany
from small_library import COUNT, SHARE

from quality.findings import Finding
from quality.rules import RULES
from quality.rules.definition import observed_outside_range

FIRST_RELEASE = {
    *(f"DEF-0{n}" for n in range(1, 8)), "DEF-12", "DEF-14", *(f"LIN-0{n}" for n in range(1, 9)),
    "TGT-01", "TGT-02", "TGT-03", "TGT-04", "TGT-05", "TGT-06", "TGT-09",
    *(f"RSP-{n:02}" for n in range(1, 15)), *(f"SCR-0{n}" for n in range(1, 7)), "SRC-01", "SRC-05",
    *(f"BAL-0{n}" for n in range(1, 9)), "BAL-10", *(f"REV-0{n}" for n in range(1, 4)),
}  # fmt: skip


def place(finding: Finding) -> tuple[str, str, str, int]:
    return finding.rule_id, finding.object_id, finding.file.name, finding.line


def test_registry_holds_each_rule_once() -> None:
    identities = [rule.rule_id for rule in RULES]
    assert set(identities) == FIRST_RELEASE
    assert len(identities) == len(set(identities))
    assert all(rule.title and rule.title_zh for rule in RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule_id)
def test_sound_company_passes(company: SmallCompany, rule: type) -> None:
    result = company.check()
    assert [f for f in result.findings if f.rule_id == rule.rule_id] == []
    assert result.exit_code == 0


METRIC_FILE_MUTATIONS = [
    ("DEF-01", "revenue", "revenue.yml",
     "What revenue counts, over which records and by which day.", "The revenue.", "description:"),
    ("DEF-01", "revenue", "revenue.yml",
     "definition_zh: 销售额的统计口径。", "definition_zh: 销售额。", "definition_zh:"),
    ("DEF-02", "kept_rate", "kept_rate.yml", "expr: 1 - rate", "expr: 1 - (rate", "expr:"),
    ("DEF-04", "cancellation_rate", "cancellation_rate.yml",
     "          zero_denominator: no_data\n", "", "kpi:"),
    ("DEF-05", "closing_fte", "closing_fte.yml", "          unit: {kind: count}\n", "", "kpi:"),
    ("DEF-05", "revenue_per_fte", "revenue_per_fte.yml",
     "unit: {kind: ratio, numerator: {kind: currency}, denominator: {kind: count}}",
     "unit: {kind: proportion}", "unit:"),
    ("DEF-06", "revenue", "revenue.yml", "          direction: up\n", "", "kpi:"),
    ("DEF-06", "revenue", "revenue.yml", "          valid_range: [0, null]\n", "", "kpi:"),
    ("DEF-07", "revenue", "revenue.yml", "          approver: position:P-APPROVER\n", "", "kpi:"),
    ("DEF-07", "revenue", "revenue.yml", "position:P-STEWARD", "position:P-OLD", "steward:"),
    ("RSP-01", "closing_fte", "closing_fte.yml", "          owner: position:P-OWNER\n", "", "kpi:"),
    ("RSP-01", "closing_fte", "closing_fte.yml", "position:P-OWNER", "position:P-NOBODY", "owner:"),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "metric", "file", "old", "new", "at"), METRIC_FILE_MUTATIONS)
def test_mutated_metric_file(
    company: SmallCompany, rule_id: str, metric: str, file: str, old: str, new: str, at: str
) -> None:
    company.edit(file, old, new)
    assert place(company.only(rule_id)) == (rule_id, metric, file, company.line(file, at))


def test_building_block_that_nothing_uses(company: SmallCompany) -> None:
    text = company.path("closing_fte.yml").read_text(encoding="utf-8").replace("closing_fte", "spare_fte", 1)
    company.write("models/metrics/learning/spare_fte.yml", text.split("    config:")[0])
    assert place(company.only("DEF-01")) == ("DEF-01", "spare_fte", "spare_fte.yml", 2)


def test_cycle(company: SmallCompany) -> None:
    company.edit("cancellation_rate.yml", "numerator: orders_cancelled", "numerator: kept_rate")
    result = company.check()
    assert {place(f) for f in result.findings if f.rule_id == "DEF-03"} == {
        (
            "DEF-03",
            "cancellation_rate",
            "cancellation_rate.yml",
            company.line("cancellation_rate.yml", "type_params"),
        ),
        ("DEF-03", "kept_rate", "kept_rate.yml", company.line("kept_rate.yml", "type_params")),
    }
    assert set(result.held_out_metrics) == {"cancellation_rate", "kept_rate"}


def test_ratio_without_denominator(company: SmallCompany) -> None:
    company.edit("average_fte.yml", "      denominator: calendar_days\n", "")
    finding = company.only("DEF-04")
    assert place(finding) == (
        "DEF-04",
        "average_fte",
        "average_fte.yml",
        company.line("average_fte.yml", "type_params"),
    )


def test_mixed_units(company: SmallCompany) -> None:
    company.edit(
        "kept_rate.yml",
        "      expr: 1 - rate\n      metrics:\n",
        "      expr: rate + money\n      metrics:\n        - {name: revenue, alias: money}\n",
    )
    finding = company.only("DEF-05")
    assert place(finding) == ("DEF-05", "kept_rate", "kept_rate.yml", company.line("kept_rate.yml", "expr:"))
    assert "proportion and currency" in finding.message


def test_value_outside_its_range_is_found_by_night(company: SmallCompany) -> None:
    rows = [
        {"metric_id": "kept_rate", "subject_type": "company", "subject_id": "U1", "period_grain": "month",
         "period_start": date(2026, month, 1), "value": value}
        for month, value in ((4, Decimal("0.9")), (5, Decimal("-0.1")), (6, Decimal("-0.4")), (3, None))
    ]  # fmt: skip
    (finding,) = observed_outside_range(company.check().library, rows)
    assert place(finding) == (
        "DEF-06",
        "kept_rate",
        "kept_rate.yml",
        company.line("kept_rate.yml", "valid_range"),
    )
    assert "2 value(s)" in finding.message
    assert "-0.4 (company U1, month 2026-06-01)" in finding.message


def test_steward_whose_position_is_vacant(company: SmallCompany, tmp_path) -> None:
    from ingestion.contract import load_contracts
    from ingestion.landing import Landing, land_table
    from ingestion.profile import load_profile

    company.edit(
        "sources.yml",
        "      hr.positions:",
        "      hr.employee_positions: {path: holdings.csv, columns: same}\n      hr.positions:",
    )
    (company.profile / "exports" / "holdings.csv").write_text(
        "employee_id,position_id,fte_share,is_primary,valid_from,valid_to\n"
        "E1,P-OWNER,1,true,2025-01-01,\nE2,P-STEWARD,1,true,2025-01-01,2026-06-30\n",
        encoding="utf-8",
    )
    landing, contracts, profile = Landing(tmp_path / "home"), load_contracts(), load_profile(company.profile)
    for table in ("hr.positions", "hr.employee_positions"):
        contract = contracts[table]
        columns = {n: c.model_copy(update={"references": None}) for n, c in contract.columns.items()}
        land_table(profile, contract.model_copy(update={"columns": columns}), landing, run_id="test")
    assert company.check(date(2026, 6, 29), landing=landing).exit_code == 0
    found = company.check(landing=landing).findings
    assert {(f.rule_id, f.object_id) for f in found} == {("DEF-07", m) for m in company.load().metrics}
    assert "nobody holds" in found[0].message


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("select\n    avg(value) as value\nfrom {{ ref('metric_value') }}\n", 2),
        ("select sum(value) as value from {{ ref('metric_value') }}\nwhere metric_id = 'kept_rate'\n", 1),
        ("with v as (select * from {{ ref('metric_value') }})\nselect\n  avg(v.value) as value from v\n", 3),
    ],
)
def test_model_that_averages_published_values(company: SmallCompany, sql: str, line: int) -> None:
    company.write("models/marts/mart_overview.sql", sql)
    assert place(company.only("DEF-12")) == ("DEF-12", "mart_overview", "mart_overview.sql", line)


def test_model_may_sum_additive_metrics_by_name(company: SmallCompany) -> None:
    company.write(
        "models/marts/mart_overview.sql",
        "select sum(value) as value from {{ ref('metric_value') }}\n"
        "where metric_id in ('revenue', 'closing_fte')\n",
    )
    assert company.findings("DEF-12") == []


def test_formula_that_averages_ratios(company: SmallCompany) -> None:
    company.edit(
        "kept_rate.yml",
        "      expr: 1 - rate\n      metrics:\n",
        "      expr: (rate + idle) / 2\n      metrics:\n        - {name: idle_rate, alias: idle}\n",
    )
    company.add(
        "idle_rate",
        "    type: ratio\n    type_params:\n      numerator: hold_hours\n      denominator: calendar_days\n",
        unit=SHARE,
    )
    company.edit("idle_rate.yml", "status: published", "status: in_review")
    finding = company.only("DEF-12")
    assert place(finding) == ("DEF-12", "kept_rate", "kept_rate.yml", company.line("kept_rate.yml", "expr:"))


def test_orphan(company: SmallCompany) -> None:
    company.edit("goal_metrics.csv", "G1,closing_fte,,monitor\n", "")
    assert place(company.only("LIN-01")) == ("LIN-01", "closing_fte", "closing_fte.yml", 2)


def test_goal_that_leads_to_no_strategic_goal(company: SmallCompany) -> None:
    company.edit("cascade_edges.csv", "E2,G2,G3,influence,Every cancelled order is a broken promise.\n", "")
    found = {f.rule_id: f.object_id for f in company.check().findings}
    assert found == {"LIN-01": "cancellation_rate", "BAL-04": "G1"}


def test_edge_without_rationale(company: SmallCompany) -> None:
    company.edit("cascade_edges.csv", "Promises kept bring customers back.", "")
    assert place(company.only("LIN-02")) == ("LIN-02", "E1", "cascade_edges.csv", 2)


def test_circle_of_goals(company: SmallCompany) -> None:
    company.edit("goals.csv", "execution,process,Cancel less,少取消,2026-04-01,2026-07-01",
                 "execution,process,Cancel less,少取消,2026-01-01,2027-01-01")  # fmt: skip
    line = company.append("cascade_edges.csv", "E3,G3,G1,support,Round and round.")
    found = company.findings("LIN-03")
    assert {f.object_id for f in found} == {"E1", "E2", "E3"}
    assert ("LIN-03", "E3", "cascade_edges.csv", line) in {place(f) for f in found}


def test_child_period_outside_its_parents(company: SmallCompany) -> None:
    company.edit("goals.csv", "2026-04-01,2026-07-01", "2026-04-01,2027-02-01")
    assert place(company.only("LIN-03")) == ("LIN-03", "E2", "cascade_edges.csv", 3)


def test_row_that_names_an_unknown_metric(company: SmallCompany) -> None:
    line = company.append("goal_metrics.csv", "G1,revenew,,monitor")
    assert place(company.only("LIN-03")) == ("LIN-03", "G1/revenew", "goal_metrics.csv", line)


def test_strategic_goal_that_nothing_measures(company: SmallCompany) -> None:
    line = company.append(
        "goals.csv", "G4,strategic,strategic,customer,Be loved,受喜爱,2026-01-01,2027-01-01,active"
    )
    assert place(company.only("LIN-05")) == ("LIN-05", "G4", "goals.csv", line)


def test_cascade_that_skips_a_level(company: SmallCompany) -> None:
    company.edit("cascade_edges.csv", "E2,G2,G3", "E2,G1,G3")
    assert place(company.only("LIN-05")) == ("LIN-05", "E2", "cascade_edges.csv", 3)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("T3,cancellation_rate,company,U1,month,2026-06-01,1,at_most,0.1\n", ""),
        ("month,2026-06-01", "month,2026-05-01"),
        ("month,2026-06-01", "week,2026-06-22"),
    ],
)
def test_no_target_for_the_open_period(company: SmallCompany, old: str, new: str) -> None:
    company.edit("targets.csv", old, new)
    assert place(company.only("TGT-01")) == ("TGT-01", "G3/cancellation_rate", "goal_metrics.csv", 5)


def test_assigned_to_everybody_but_an_owner(company: SmallCompany) -> None:
    company.append("metric_assignments.csv", "A5,closing_fte,position,P-STEWARD,,collaborator,,")
    assert place(company.only("RSP-01")) == ("RSP-01", "closing_fte", "metric_assignments.csv", 6)


def test_two_owners_of_one_scope(company: SmallCompany) -> None:
    line = company.append("metric_assignments.csv", "A5,revenue,employee,E1,,owner,2026-03-01,2026-04-01")
    finding = company.only("RSP-02")
    assert place(finding) == ("RSP-02", "revenue", "metric_assignments.csv", line)
    assert "2 owners" in finding.message


def test_fact_without_a_model(company: SmallCompany) -> None:
    company.path("fct_workforce.sql").unlink()
    finding = company.only("SRC-01")
    assert place(finding) == (
        "SRC-01",
        "workforce",
        "fct_workforce.yml",
        company.line("fct_workforce.yml", "model:"),
    )
    assert set(company.check().held_out_metrics) == {
        "fte_days",
        "average_fte",
        "revenue_per_fte",
        "closing_fte",
    }


def test_need_that_no_contract_knows(company: SmallCompany) -> None:
    company.edit(
        "fct_order.yml",
        "{name: regions, agg: count_distinct, expr: region}",
        "{name: regions, agg: count_distinct, expr: region,\n"
        "         config: {meta: {requires: [sales.orders.regio]}}}",
    )
    at = company.line("fct_order.yml", "sales.orders.regio")
    assert place(company.only("SRC-01")) == ("SRC-01", "regions", "fct_order.yml", at)


def test_column_that_the_fact_does_not_have(company: SmallCompany) -> None:
    company.edit(
        "fct_order.sql", "o.status, o.region, l.amount,", "o.status, o.region, l.amount as net_amount,"
    )
    found = company.findings("SRC-01")
    assert place(found[0]) == ("SRC-01", "revenue", "revenue.yml", company.line("revenue.yml", "type_params"))
    assert set(company.check().held_out_metrics) == {"revenue", "revenue_per_fte"}


def test_column_that_the_source_lost(company: SmallCompany) -> None:
    company.edit("lines.csv", ",Net\n", ",Net amount\n")
    result = company.check()
    found = [f for f in result.findings if f.rule_id == "SRC-01"]
    assert place(found[0]) == ("SRC-01", "revenue", "revenue.yml", 2)
    assert "has lost the column 'Net'" in found[0].message
    assert {"revenue", "revenue_per_fte"} == set(result.held_out_metrics)
    assert "cancellation_rate" in result.library.computable, "what does not read the column stands"


def test_metric_whose_source_is_not_connected(company: SmallCompany) -> None:
    company.edit("fct_workforce.yml", "    primary_entity:",
                 "    config: {meta: {requires: [hr.employee_positions]}}\n    primary_entity:")  # fmt: skip
    result = company.check()
    assert {place(f) for f in result.findings} == {
        ("SRC-05", name, f"{name}.yml", 2) for name in ("average_fte", "closing_fte", "revenue_per_fte")
    }
    assert result.exit_code == 0
    assert result.not_computable["closing_fte"] == ("hr.employee_positions",)
    assert not result.held_out_files


def test_counts_are_not_money(company: SmallCompany) -> None:
    company.add("placed", "    type: simple\n    type_params:\n      measure: orders_received\n", unit=COUNT)
    company.append("goal_metrics.csv", "G1,placed,,monitor")
    assert company.findings("DEF-05") == []
    company.edit("placed.yml", "unit: {kind: count}", "unit: {kind: currency}")
    assert company.only("DEF-05").object_id == "placed"
