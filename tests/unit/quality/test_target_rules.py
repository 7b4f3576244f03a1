"""Targets: each rule passes what is sound, and finds each kind of mistake with file and line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from small_company import SmallCompany

from ingestion.contract import load_contracts
from ingestion.landing import Landing, land_table
from ingestion.profile import load_profile
from quality.findings import Finding


def place(finding: Finding) -> tuple[str, str, str, int]:
    return finding.rule_id, finding.object_id, finding.file.name, finding.line


TARGET_HEAD = (
    "target_id,metric_id,subject_type,subject_id,period_grain,period_start_on,revision,kind,target,baseline,"
    "lower_bound,upper_bound,recorded_on,adjustment_id,allocation_method,parent_target_id,valid_from,valid_to"
)
MONTHS_OF_2026 = [f"2026-{month:02}-01" for month in range(1, 13)]


def targets(company: SmallCompany, *rows: str) -> None:
    """The three targets of the company and more of them, in columns of TARGET_HEAD; what is empty at the end
    may be left out.
    """
    old = company.path("targets.csv").read_text(encoding="utf-8").splitlines()[1:]
    lines = [line + "," * (TARGET_HEAD.count(",") - line.count(",")) for line in (*old, *rows)]
    company.path("targets.csv").write_text("\n".join([TARGET_HEAD, *lines, ""]), encoding="utf-8")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("revenue,company,U1,year,2025-01-01,1,at_least,900,1000", "wrong side of its baseline"),
        ("cancellation_rate,company,U1,year,2025-01-01,1,at_most,0.2,0.1", "wrong side of its baseline"),
        ("revenue,company,U1,year,2025-01-01,1,at_least,900,900", "no way to go"),
        ("revenue,company,U1,year,2025-01-01,1,at_least,0", "without a baseline"),
        ("revenue,company,U1,year,2025-01-01,1,within,900,,800", "lower and an upper bound"),
        ("revenue,company,U1,year,2025-01-01,1,within,900,,1000,800", "not below the upper bound"),
        ("revenu,company,U1,year,2025-01-01,1,at_least,900", "metric `revenu` does not exist"),
        ("revenue,position,P-NOBODY,year,2025-01-01,1,at_least,900", "no position P-NOBODY"),
    ],
)
def test_target_that_cannot_be_measured(company: SmallCompany, row: str, words: str) -> None:
    targets(company, f"T4,{row}")
    finding = company.only("TGT-02")
    assert place(finding) == ("TGT-02", "T4", "targets.csv", 5)
    assert words in finding.message


def test_what_is_maintained_needs_no_way_to_go(company: SmallCompany) -> None:
    targets(company, "T4,kept_rate,company,U1,year,2026-01-01,1,maintain,0.9,0.9")
    assert company.findings("TGT-02") == []


@pytest.mark.parametrize(
    ("parent", "own", "above", "is_found"),
    [
        ("T4", "1.3", "2.0", True),
        ("", "1.3", "2.0", True),  # below it in the organisation
        ("T4", "2.1", "2.0", False),
        ("T4", "", "2.0", False),
        ("T4", "1.3", "", False),
    ],
)
def test_target_below_one_of_another_major_version(
    company: SmallCompany, parent: str, own: str, above: str, is_found: bool
) -> None:
    """A rate of a department under that of its company, in the quarter."""
    units = "unit_id,name,parent_id\nU1,All,\nU2,Part,U1\n"
    (company.profile / "exports" / "units.csv").write_text(units, "utf-8")
    company.edit(
        "sources.yml",
        "  strategy:\n",
        "      hr.org_units: {path: units.csv, columns: {org_unit_id: unit_id, name: name, "
        "parent_id: parent_id, unit_level: {value: company}}}\n  strategy:\n",
    )
    head = "target_id,metric_id,subject_type,subject_id,period_grain,period_start_on,revision,kind,target"
    text = company.path("targets.csv").read_text("utf-8")
    company.path("targets.csv").write_text(
        text.replace("\n", ",,\n").replace(f"{head},,", f"{head},metric_version,parent_target_id")
        + f"T4,kept_rate,company,U1,quarter,2026-01-01,1,at_least,0.9,{above},\n"
        + f"T5,kept_rate,department,U2,quarter,2026-01-01,1,at_least,0.9,{own},{parent}\n",
        "utf-8",
    )
    found = company.findings("LIN-08")
    assert [place(one) for one in found] == [("LIN-08", "T5", "targets.csv", 6)] * is_found
    assert all("for version 1.3" in one.message and "for version 2.0" in one.message for one in found)


def test_months_that_are_not_the_year(company: SmallCompany) -> None:
    months = [f"M{d},revenue,company,U1,month,{d},1,at_least,83" for d in MONTHS_OF_2026]
    targets(company, *months)
    finding = company.only("TGT-03")
    assert place(finding) == ("TGT-03", "T1", "targets.csv", 2)
    assert "sum to 996.000000, 0.40% under its 1000" in finding.message


def test_months_that_are_the_year(company: SmallCompany) -> None:
    months = [f"M{d},revenue,company,U1,month,{d},1,at_least,83.33" for d in MONTHS_OF_2026]
    targets(company, *months)  # 999.96: each may be off by half a cent
    assert company.findings("TGT-03") == []


def test_parts_below_that_are_more_than_the_whole(company: SmallCompany) -> None:
    below = "position,{},year,2026-01-01,1,at_least,600,,,,,,manual,T1"
    targets(company, *(f"T{n},revenue,{below.format(p)}" for n, p in ((4, "P-OWNER"), (5, "P-STEWARD"))))
    finding = company.only("TGT-03")
    assert place(finding) == ("TGT-03", "T1", "targets.csv", 2)
    assert "20.00% over" in finding.message


def test_units_below_by_the_organisation(company: SmallCompany) -> None:
    company.edit(
        "sources.yml", "  strategy:\n", "      hr.org_units: {path: units.csv, columns: same}\n  strategy:\n"
    )
    (company.profile / "exports" / "units.csv").write_text(
        "org_unit_id,parent_id,name,valid_from,valid_to\nU1,,Company,,\nU2,U1,Part,,\nU3,U2,Team,,\n", "utf-8"
    )
    targets(company, "T4,revenue,team,U3,year,2026-01-01,1,at_least,400")
    finding = company.only("TGT-03")
    assert place(finding) == ("TGT-03", "T1", "targets.csv", 2)
    assert "60.00% under" in finding.message


def test_rate_that_was_divided_by_quarters(company: SmallCompany) -> None:
    quarters = [(f"T{n + 4}", f"2026-{3 * n + 1:02}-01") for n in (0, 2, 3)]
    company.edit("targets.csv", "1,at_least,0.9", "1,at_least,0.225")
    targets(
        company,
        "T3y,kept_rate,company,U1,year,2026-01-01,1,at_least,0.9",
        *(f"{name},kept_rate,company,U1,quarter,{start},1,at_least,0.225" for name, start in quarters),
    )
    assert place(company.only("TGT-04")) == ("TGT-04", "T3y", "targets.csv", 5)


def test_rate_that_was_divided_by_capacity(company: SmallCompany) -> None:
    targets(company, "T4,kept_rate,position,P-OWNER,year,2026-01-01,1,at_least,0.9,,,,,,capacity")
    assert place(company.only("TGT-04")) == ("TGT-04", "T4", "targets.csv", 5)


def test_amount_over_a_mean_adds_up_over_the_year(company: SmallCompany) -> None:
    """Revenue per average FTE of a quarter is a quarter of the year's."""
    row = "revenue_per_fte,company,U1,{},2026-{:02}-01,1,at_least,{}"
    targets(
        company,
        f"T4,{row.format('year', 1, 400)}",
        *(f"T{n}q,{row.format('quarter', n, 100)}" for n in (1, 4, 7, 10)),
    )
    assert company.findings("TGT-04") == []


@pytest.mark.parametrize(("method", "found"), [("equal", 1), ("capacity", 0)])
def test_equal_parts_of_different_positions(company: SmallCompany, method: str, found: int) -> None:
    below = f"year,2026-01-01,1,at_least,500,,,,,,{method},T1"
    targets(company, f"T4,revenue,position,P-OWNER,{below}", f"T5,revenue,position,P-STEWARD,{below}")
    findings = company.findings("TGT-05")
    assert [place(f) for f in findings] == [("TGT-05", "T4", "targets.csv", 5)] * found


def held(company: SmallCompany, tmp_path: Path) -> Landing:
    """A landing in which E1 has been the owner all year, E2 since 1 July and E3 half of the time; E4 is the
    steward for the rest of it.
    """
    rows = [
        ("E1", "P-OWNER", 1, None),
        ("E2", "P-OWNER", 1, date(2026, 7, 1)),
        ("E3", "P-OWNER", Decimal("0.5"), None),
        ("E4", "P-OWNER", Decimal("0.4"), None),
        ("E4", "P-STEWARD", Decimal("0.6"), None),
    ]
    text = "employee_id,position_id,fte_share,is_primary,valid_from,valid_to\n" + "".join(
        f"{who},{position},{share},true,{since or date(2020, 1, 1)},\n"
        for who, position, share, since in rows
    )
    (company.profile / "exports" / "held.csv").write_text(text, encoding="utf-8")
    company.edit(
        "sources.yml",
        "  strategy:\n",
        "      hr.employee_positions: {path: held.csv, columns: same}\n  strategy:\n",
    )
    landing = Landing(tmp_path / "landing")
    contract = load_contracts()["hr.employee_positions"]
    columns = {n: c.model_copy(update={"references": None}) for n, c in contract.columns.items()}
    contract = contract.model_copy(update={"columns": columns})
    land_table(load_profile(company.profile), contract, landing, run_id="test")
    return landing


@pytest.mark.parametrize(
    ("amounts", "found"),
    [
        ((100, 100, 100), ["T5", "T6"]),
        ((100, 50, 50), []),
        ((100, 100, 50), ["T5"]),
        ((100, 50, 50, 100), []),
    ],
)
def test_amount_that_was_not_prorated(
    company: SmallCompany, tmp_path: Path, amounts: tuple[int, ...], found: list[str]
) -> None:
    landing = held(company, tmp_path)
    targets(
        company,
        *(
            f"T{n + 4},revenue,employee,E{n + 1},year,2026-01-01,1,at_least,{amount}"
            for n, amount in enumerate(amounts)
        ),
    )
    findings = [f for f in company.check(landing=landing).findings if f.rule_id.startswith("TGT")]
    assert [place(f)[:2] for f in findings] == [("TGT-06", name) for name in found]


def test_month_of_nothing(company: SmallCompany) -> None:
    months = [
        f"M{d},revenue,company,U1,month,{d},1,at_least,{0 if d == '2026-03-01' else 1000 / 11:.6f},1"
        for d in MONTHS_OF_2026
    ]
    targets(company, *(line.replace(",1,at_least,0.000000,1", ",1,at_least,0,-1") for line in months))
    findings = [f for f in company.check().findings if f.rule_id == "TGT-06"]
    assert [place(f) for f in findings] == [("TGT-06", "M2026-03-01", "targets.csv", 7)]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2,at_least,1100", "no record of why"),
        ("2,at_least,1100,,,,2027-01-01,ADJ", "closed on 2026-12-31"),
        ("1,at_least,1100", "in force at once"),
    ],
)
def test_revision_that_does_not_stand(company: SmallCompany, row: str, words: str) -> None:
    adjustments(company)
    targets(company, f"T4,revenue,company,U1,year,2026-01-01,{row}")
    finding = company.only("TGT-09")
    assert place(finding) == ("TGT-09", "T4", "targets.csv", 5)
    assert words in finding.message


def adjustments(company: SmallCompany) -> None:
    (company.profile / "strategy" / "adjustments.csv").write_text(
        "adjustment_id,object_type,object_id,reason,effective_on\nADJ,target,T9,Why.,2026-04-01\n", "utf-8"
    )
    company.edit(
        "sources.yml",
        "      library.waivers:",
        "      library.adjustments: {path: adjustments.csv, columns: same}\n      library.waivers:",
    )


@pytest.mark.parametrize("row", ["T4,{},ADJ", "T9,{},"])
def test_revision_with_a_record_of_why(company: SmallCompany, row: str) -> None:
    adjustments(company)
    name, rest = row.split(",", 1)
    targets(
        company,
        f"{name},revenue,company,U1,year,2026-01-01," + rest.format("2,at_least,1100,,,,2026-04-01"),
    )
    assert company.findings("TGT-09") == []
