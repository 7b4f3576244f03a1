"""TGT: does what is to be reached stand beside what is measured?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from quality.company import Row
from quality.findings import Finding
from quality.rules.cascade import Cascade
from quality.rules.rule import Rule, Subject

MONTHS = {"month": 1, "quarter": 3, "year": 12}


class GoalMetricHasTarget(Rule):
    """Metrics of an active goal, monitoring apart, that have no target for the period that is open."""

    rule_id = "TGT-01"
    severity = "error"
    title = "published goal_metric without target for an open period"
    title_zh = "已发布的目标指标在当前周期没有目标值"

    def check(self, subject: Subject) -> Iterator[Finding]:
        cascade = Cascade(subject)
        covered = {row["metric_id"] for row in subject.rows("library.targets") if covers(row, subject.as_of)}
        for row in cascade.goal_metrics:
            goal = cascade.goals.get(row["goal_id"])
            name = row["metric_id"]
            if goal is None or not _is_open(goal, subject.as_of) or row["score_role"] == "monitor":
                continue
            if name in subject.live and name not in covered:
                yield self.row(
                    row,
                    "goal_metric",
                    f"{row['goal_id']}/{name}",
                    f"`{name}` measures the active goal {row['goal_id']}, but no target covers "
                    f"{subject.as_of}; "
                    "set one in targets",
                    f"`{name}` 度量生效中的目标 {row['goal_id']}，但没有覆盖 {subject.as_of} 的目标值；"
                    "请在 targets 中设定",
                )


def covers(target: Row, day: date) -> bool:
    """Whether the target's period holds a day."""
    start, grain = target["period_start_on"], target["period_grain"]
    if grain == "week":
        return start <= day < start + timedelta(days=7)
    months = start.year * 12 + start.month - 1 + MONTHS[grain]
    return start <= day < date(months // 12, months % 12 + 1, 1)


def _is_open(goal: Row, day: date) -> bool:
    start, end = goal["period_start_on"], goal["period_end_on"]
    inside = (start is None or start <= day) and (end is None or day < end)
    return goal["lifecycle_state"] == "active" and inside
