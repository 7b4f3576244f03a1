"""REV: does somebody look at the figures, ask why, and do something?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from quality.findings import Finding
from quality.rules.rule import Rule, Subject

GRACE = timedelta(days=7)
DAYS_TO_ACT = timedelta(days=30)


class ReviewIsHeld(Rule):
    """Reviews whose day has passed without them."""

    rule_id = "REV-01"
    severity = "warning"
    title = "cadence missed"
    title_zh = "错过复盘节奏"

    def check(self, subject: Subject) -> Iterator[Finding]:
        for row in subject.rows("library.reviews"):
            if row["held_on"] is None and row["planned_on"] + GRACE < subject.as_of:
                unit = row["org_unit_id"] or "the company"
                yield self.row(
                    row,
                    "review",
                    row["review_id"],
                    f"the {row['cadence']} review of {unit} planned for {row['planned_on']} was not held; "
                    "hold it, or plan it anew",
                    f"{row['org_unit_id'] or '公司'} 原定 {row['planned_on']} "
                    f"的复盘（{row['cadence']}）未召开；"
                    "请补开或重新安排",
                )


class MissHasCause(Rule):
    """Missed targets of which nobody said where the cause lies."""

    rule_id = "REV-02"
    severity = "warning"
    title = "miss without cause_class"
    title_zh = "未达标但没有原因类别"

    def check(self, subject: Subject) -> Iterator[Finding]:
        for row in subject.rows("library.review_items"):
            if row["is_miss"] and row["cause_class"] is None:
                about = row["metric_id"] or row["review_item_id"]
                yield self.row(
                    row,
                    "review_item",
                    row["review_item_id"],
                    f"`{about}` was missed, but {row['review_item_id']} does not say whether person, "
                    "process or "
                    "system is the cause; fill in cause_class",
                    f"`{about}` 未达标，但 {row['review_item_id']} 未说明原因在人员、流程还是系统；"
                    "请填写 cause_class",
                )


class GapLeadsToAction(Rule):
    """Problems and missed targets that nobody acted upon in a month."""

    rule_id = "REV-03"
    severity = "warning"
    title = "alert/gap with no action item in N days"
    title_zh = "问题提出后未在期限内形成行动项"

    def check(self, subject: Subject) -> Iterator[Finding]:
        acted = {row["review_item_id"] for row in subject.rows("library.action_items")}
        for row in subject.rows("library.review_items"):
            waiting = subject.as_of - row["raised_on"]
            is_gap = row["is_miss"] or row["kind"] == "problem"
            if is_gap and row["review_item_id"] not in acted and waiting > DAYS_TO_ACT:
                yield self.row(
                    row,
                    "review_item",
                    row["review_item_id"],
                    f"{row['review_item_id']} was raised {waiting.days} days ago, and no action "
                    "follows from it; "
                    "agree one in action_items, or close the matter",
                    f"{row['review_item_id']} 提出已 {waiting.days} 天，尚无行动项；请在 action_items "
                    "中约定或结案",
                )
