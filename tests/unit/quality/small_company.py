"""The small library in use: a company with sources, goals and targets in which no rule finds anything."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from small_library import SmallLibrary

from quality.check import CheckResult, run_check
from quality.findings import Finding

AS_OF = date(2026, 6, 30)

SOURCES = """
company: {name: Small, name_zh: 小公司, time_zone: Asia/Shanghai, currency: CNY}
as_of: 2026-06-30
sources:
  erp:
    kind: files
    root: exports
    tables:
      sales.orders:
        path: orders.csv
        columns:
          order_id: Order No
          employee_id: Seller
          ordered_at: {from: Ordered, parse: "%Y-%m-%d"}
          status: Status
          customer_hold_hours: {sql: "Hold"}
      sales.order_lines:
        path: lines.csv
        columns: {order_line_id: Line, order_id: Order No, quantity: {value: 1}, amount: Net}
      hr.positions: {path: positions.csv, columns: same}
  strategy:
    kind: library
    root: strategy
    tables:
      library.goals: {path: goals.csv, columns: same}
      library.cascade_edges: {path: cascade_edges.csv, columns: same}
      library.goal_metrics: {path: goal_metrics.csv, columns: same}
      library.targets: {path: targets.csv, columns: same}
      library.metric_assignments: {path: metric_assignments.csv, columns: same}
      library.waivers: {path: waivers.csv, columns: same}
"""

FILES = {
    "exports/orders.csv": "Order No,Seller,Ordered,Status,Hold,Land\n1,E1,2026-06-01,open,0,north\n",
    "exports/lines.csv": "Line,Order No,Net\n1,1,10.00\n",
    "exports/positions.csv": """position_id,title,org_unit_id,valid_from,valid_to
P-OWNER,Owner,U1,,
P-STEWARD,Steward,U1,,
P-APPROVER,Approver,U1,,
P-OLD,Gone,U1,,2026-01-01
""",
    "strategy/goals.csv": """\
goal_id,kind,level,perspective,title,title_zh,period_start_on,period_end_on,lifecycle_state
G1,strategic,strategic,financial,Grow,增长,2026-01-01,2027-01-01,active
G2,key_result,tactical,process,Keep promises,守约,2026-01-01,2027-01-01,active
G3,key_result,execution,process,Cancel less,少取消,2026-04-01,2026-07-01,active
""",
    "strategy/cascade_edges.csv": """edge_id,parent_goal_id,child_goal_id,kind,rationale
E1,G1,G2,influence,Promises kept bring customers back.
E2,G2,G3,influence,Every cancelled order is a broken promise.
""",
    "strategy/goal_metrics.csv": """goal_id,metric_id,weight,score_role
G1,revenue,100,core
G1,revenue_per_fte,,monitor
G2,kept_rate,100,core
G3,cancellation_rate,100,core
G1,average_fte,,monitor
G1,closing_fte,,monitor
""",
    "strategy/targets.csv": """\
target_id,metric_id,subject_type,subject_id,period_grain,period_start_on,revision,kind,target
T1,revenue,company,U1,year,2026-01-01,1,at_least,1000
T2,kept_rate,company,U1,quarter,2026-04-01,1,at_least,0.9
T3,cancellation_rate,company,U1,month,2026-06-01,1,at_most,0.1
""",
    "strategy/metric_assignments.csv": """\
assignment_id,metric_id,subject_type,subject_id,scope_org_unit_id,role,valid_from,valid_to
A1,revenue,position,P-OLD,,owner,,2026-01-01
A2,revenue,position,P-OWNER,,owner,2026-01-01,
A3,revenue,position,P-STEWARD,U1,owner,2026-01-01,
A4,revenue,position,P-APPROVER,,collaborator,,
""",
    "strategy/waivers.csv": "rule_id,object_type,object_id,reason,approver,expires_on\n",
}


class SmallCompany(SmallLibrary):
    """The small library's project and, beside it, a profile that connects what the library needs."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.profile = root / "profile"
        for name, text in {"sources.yml": SOURCES.lstrip("\n"), **FILES}.items():
            file = self.profile / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        # People by day are not connected in this company: no fact here requires them.

    def path(self, name: str) -> Path:
        """A file of the profile, or of the project."""
        found = next(self.profile.rglob(name), None)
        return found or super().path(name)

    def append(self, name: str, line: str) -> int:
        """Add a line to a file of the profile, and say which."""
        with self.path(name).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        return len(self.path(name).read_text(encoding="utf-8").splitlines())

    def check(self, as_of: date | None = None, **options: object) -> CheckResult:
        """Run the rules."""
        return run_check(self.profile, as_of, project_dir=self.project, **options)

    def findings(self, rule_id: str) -> list[Finding]:
        """What one rule finds; the others find nothing."""
        found = self.check().findings
        others = [f for f in found if f.rule_id != rule_id]
        assert not others, others
        return list(found)

    def only(self, rule_id: str) -> Finding:
        """The one finding there is."""
        (finding,) = self.findings(rule_id)
        assert finding.message_zh
        assert finding.message_zh != finding.message
        return finding
