"""The small company with people in it: who holds what, duties, acknowledgements, all in order."""

from __future__ import annotations

from pathlib import Path

from small_company import SmallCompany

from ingestion.contract import load_contracts
from ingestion.landing import Landing, land_table
from ingestion.profile import load_profile
from quality.check import CheckResult
from quality.findings import Finding

TABLES = ("hr.org_units", "hr.employees", "hr.positions", "hr.employee_positions", "hr.job_duties")
FILES = {
    "exports/units.csv": """org_unit_id,parent_id,name,unit_type
CO,,Company,corporate
U1,CO,Sales,front
U2,CO,Finance,back
""",
    "exports/positions.csv": """position_id,title,job_family,org_unit_id,valid_from,valid_to
P-OWNER,Owner,sales,U1,,
P-STEWARD,Steward,sales,U1,,
P-APPROVER,Approver,management,CO,,
P-SELLER,Seller,sales,U1,,
P-CLERK,Clerk,finance,U2,,
P-OLD,Gone,sales,U1,,2026-01-01
""",
    "exports/employees.csv": "employee_id,hired_on,left_on\n"
    + "".join(f"E{n},2024-01-01,\n" for n in range(1, 10)),
    "exports/holdings.csv": "employee_id,position_id,fte_share,is_primary,valid_from,valid_to\n"
    "E1,P-OWNER,1,true,2025-01-01,\nE2,P-STEWARD,1,true,2025-01-01,\nE3,P-APPROVER,1,true,2025-01-01,\n"
    + "".join(f"E{n},P-SELLER,1,true,2025-01-01,\n" for n in range(4, 9))
    + "E9,P-CLERK,0.5,true,2025-01-01,\n",
    "exports/duties.csv": """duty_id,position_id,duty_text,measurability,authority_scope,last_reviewed_on
D1,P-OWNER,Grow the revenue.,quantitative,Discounts,2026-01-10
D2,P-OWNER,Keep promises to customers.,quantitative,,2026-01-10
D3,P-STEWARD,Keep the register of people right.,qualitative,Records,2026-01-10
""",
    "strategy/position_metrics.csv": """position_id,metric_id,duty_id,strength,valid_from,valid_to
P-OWNER,revenue,D1,full,,
P-OWNER,revenue_per_fte,D1,partial,,
P-OWNER,kept_rate,D2,,,
P-OWNER,cancellation_rate,D2,,,
P-STEWARD,average_fte,D3,,,
P-STEWARD,closing_fte,D3,,,
""",
    "strategy/metric_assignments.csv": """\
assignment_id,metric_id,subject_type,subject_id,scope_org_unit_id,role,weight,effort_pct,valid_from,valid_to
A1,revenue,position,P-OLD,,owner,,,,2026-01-01
A2,revenue,position,P-OWNER,,owner,100,30,2026-01-01,
A3,revenue,position,P-STEWARD,U1,owner,,,2026-01-01,
A4,revenue,position,P-SELLER,,collaborator,100,20,2026-01-01,
A5,revenue,position,P-APPROVER,,approver,,,2026-01-01,
""",
    "strategy/assignment_acks.csv": "assignment_id,employee_id,metric_version,read_on,acknowledged_on\n"
    + "".join(
        f"{assignment},{person},1.0,2026-01-05,2026-01-06\n"
        for assignment, person in [("A2", "E1"), ("A3", "E2"), *(("A4", f"E{n}") for n in range(4, 9))]
    ),
    "strategy/metric_consultations.csv": "metric_id,position_id,employee_id,consulted_on\n"
    + "".join(
        f"{metric},P-OWNER,E1,2025-12-01\n"
        for metric in (
            "revenue", "revenue_per_fte", "kept_rate", "cancellation_rate", "average_fte", "closing_fte",
        )
    ),
    "strategy/adjustments.csv": "adjustment_id,object_type,object_id,reason,effective_on\n",
}  # fmt: skip
MAPPED = {
    "hr.org_units": "units.csv",
    "hr.employees": "employees.csv",
    "hr.employee_positions": "holdings.csv",
    "hr.job_duties": "duties.csv",
}
LIBRARY = ("position_metrics", "assignment_acks", "metric_consultations", "adjustments")


class StaffedCompany(SmallCompany):
    """A sound company in which people hold positions; its HR has landed whenever it is checked."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        for name, text in FILES.items():
            (self.profile / name).write_text(text, encoding="utf-8")
        hr = "".join(f"      {table}: {{path: {file}, columns: same}}\n" for table, file in MAPPED.items())
        library = "".join(f"      library.{name}: {{path: {name}.csv, columns: same}}\n" for name in LIBRARY)
        self.edit("sources.yml", "      hr.positions:", hr + "      hr.positions:")
        self.edit("sources.yml", "      library.waivers:", library + "      library.waivers:")
        self.home = root / "home"

    def check_landed(self) -> CheckResult:
        """Land HR, then run the rules."""
        landing, contracts, profile = Landing(self.home), load_contracts(), load_profile(self.profile)
        for table in TABLES:
            contract = contracts[table]
            columns = {n: c.model_copy(update={"references": None}) for n, c in contract.columns.items()}
            landed = land_table(
                profile, contract.model_copy(update={"columns": columns}), landing, run_id="test"
            )
            assert not landed.problems, landed.problems
        return self.check(landing=landing)

    def found(self) -> list[Finding]:
        """All findings after landing, in both languages."""
        found = list(self.check_landed().findings)
        assert all(f.message_zh and f.message_zh != f.message for f in found)
        return found
