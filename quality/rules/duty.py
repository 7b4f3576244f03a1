"""RSP: do duties and metrics belong together, and may their holders decide anything?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from difflib import SequenceMatcher
from functools import cached_property
from itertools import combinations

from quality.company import Row
from quality.findings import Finding
from quality.rules.carrier import last_changes
from quality.rules.rule import ENDED_STATUSES, Rule, Subject, listed

DAYS_TO_REVIEW = 365
NEARLY_THE_SAME = 0.9
_NOT_LETTERS = re.compile(r"[\W_]+")


class Duties:
    """The duties of a company, and the links to metrics that hold on the as-of day and have both ends."""

    def __init__(self, subject: Subject) -> None:
        company = subject.company
        self.duties = {row["duty_id"]: row for row in company.register("hr.job_duties")} if company else {}
        self.all_links = [row for row in subject.rows_in_force("library.position_metrics") if row["duty_id"]]
        in_use = _in_use(subject)
        self.links = [
            row for row in self.all_links if row["duty_id"] in self.duties and row["metric_id"] in in_use
        ]

    @property
    def are_linked(self) -> bool:
        """Whether the company links duties with metrics at all; if not, there is nothing to miss."""
        return bool(self.duties and self.all_links)

    @cached_property
    def by_position(self) -> dict[str, list[Row]]:
        """Position → its duties."""
        found: dict[str, list[Row]] = {}
        for duty in self.duties.values():
            found.setdefault(duty["position_id"], []).append(duty)
        return found


class DutyRule(Rule):
    """A rule about duties."""

    def duty(self, duty: Row, message: str, message_zh: str) -> Finding:
        """A finding about one of them."""
        return self.row(duty, "duty", duty["duty_id"], message, message_zh)


class MetricHasDuty(Rule):
    """Live metrics that measure nobody's duty."""

    rule_id = "RSP-04"
    severity = "warning"
    title = "metric without any duty"
    title_zh = "指标没有对应职责"

    def check(self, subject: Subject) -> Iterator[Finding]:
        duties = Duties(subject)
        measuring = {row["metric_id"] for row in duties.links}
        for name, metric in subject.live.items() if duties.are_linked else ():
            if name not in measuring:
                yield self.metric(
                    metric,
                    metric.line,
                    f"`{name}` measures no duty of anybody; link it with one in position_metrics, or ask "
                    "whether it is needed (`goldthread duties propose` has suggestions)",
                    f"`{name}` 未度量任何人的职责；请在 position_metrics 中关联，或考虑是否需要该指标"
                    "（`goldthread duties propose` 可给出建议）",
                )


class MeasurableDutyHasMetric(DutyRule):
    """Duties that figures could measure, and none does."""

    rule_id = "RSP-05"
    severity = "warning"
    title = "measurable duty without metric"
    title_zh = "可度量的职责没有指标"

    def check(self, subject: Subject) -> Iterator[Finding]:
        duties = Duties(subject)
        measured = {row["duty_id"] for row in duties.links}
        for duty_id, duty in duties.duties.items() if duties.are_linked else ():
            if duty["measurability"] == "quantitative" and duty_id not in measured:
                yield self.duty(
                    duty,
                    f"the duty {duty_id} of {duty['position_id']} can be measured, and no metric does; link "
                    "one in position_metrics, or have the duty re-examined",
                    f"{duty['position_id']} 的职责 {duty_id} 可度量但没有指标；"
                    "请在 position_metrics 中关联，或重新审视该职责",
                )


class DutyIsReviewed(DutyRule):
    """Duties that nobody has looked at for a year, or not since the metric that measures them changed."""

    rule_id = "RSP-06"
    severity = "warning"
    title = "job duty not reviewed within N days, or older than latest change of its metric"
    title_zh = "职责未按期复核，或早于其指标的最近一次变更"

    def check(self, subject: Subject) -> Iterator[Finding]:
        duties = Duties(subject)
        changed = last_changes(subject, "metric")
        latest = subject.as_of - timedelta(days=DAYS_TO_REVIEW)
        changes: dict[str, str] = {}
        for link in duties.links:
            duty, metric_id = duties.duties[link["duty_id"]], link["metric_id"]
            reviewed = duty["last_reviewed_on"]
            if reviewed is not None and metric_id in changed and reviewed < changed[metric_id]:
                changes[link["duty_id"]] = metric_id
        for duty_id, duty in duties.duties.items() if duties.are_linked else ():
            reviewed = duty["last_reviewed_on"]
            if reviewed is None or reviewed < latest:
                when, when_zh = (f"since {reviewed}", f"自 {reviewed} 起") if reviewed else ("ever", "从未")
                yield self._finding(
                    duty,
                    f"has not been reviewed {when}, longer than {DAYS_TO_REVIEW} days",
                    f"{when_zh}未复核，超过 {DAYS_TO_REVIEW} 天",
                )
            elif duty_id in changes:
                metric_id = changes[duty_id]
                yield self._finding(
                    duty,
                    f"was reviewed on {reviewed}, before `{metric_id}`, which measures it, changed on "
                    f"{changed[metric_id]}",
                    f"于 {reviewed} 复核，早于度量它的 `{metric_id}` 在 {changed[metric_id]} 的变更",
                )

    def _finding(self, duty: Row, what: str, what_zh: str) -> Finding:
        return self.duty(
            duty,
            f"the duty {duty['duty_id']} of {duty['position_id']} {what}; review it with the holder "
            "and write the day",
            f"{duty['position_id']} 的职责 {duty['duty_id']} {what_zh}；请与任职者复核并登记日期",
        )


class OwnerMayDecide(Rule):
    """Positions that own metrics and may decide nothing, as far as their duties say."""

    rule_id = "RSP-11"
    severity = "warning"
    title = "owner has no authority over any step feeding the metric"
    title_zh = "负责人对任何相关环节都没有授权"

    def check(self, subject: Subject) -> Iterator[Finding]:
        duties = Duties(subject).by_position
        owned: dict[str, list[Row]] = {}
        for row in subject.rows_in_force("library.metric_assignments"):
            if row["role"] == "owner" and row["subject_type"] == "position":
                owned.setdefault(row["subject_id"], []).append(row)
        for position, rows in owned.items():
            if not duties.get(position) or any(
                (d["authority_scope"] or "").strip() for d in duties[position]
            ):
                continue
            names = sorted({row["metric_id"] for row in rows})
            yield self.row(
                rows[0],
                "position",
                position,
                f"{position} owns {listed(names)}, and no duty of it says what the holder may decide; grant "
                "an authority or name another owner",
                f"{position} 负责 {listed(names)}，但其职责均未说明授权范围；请授权或更换负责人",
            )


class OwnersDoNotRepeatEachOther(Rule):
    """Two positions that own the same metric where their scopes overlap, and whose duties read the same.

    Sister units may have the same job and the same metric, each for its own scope.
    """

    rule_id = "RSP-13"
    severity = "info"
    title = "two positions with near-identical duty texts and same metric as owners"
    title_zh = "两个岗位职责文字几乎相同且负责同一指标"

    def check(self, subject: Subject) -> Iterator[Finding]:
        duties = {position: _text(rows) for position, rows in Duties(subject).by_position.items()}
        owners: dict[str, list[Row]] = {}
        for row in subject.rows_in_force("library.metric_assignments"):
            if row["role"] == "owner" and row["subject_type"] == "position" and row["subject_id"] in duties:
                owners.setdefault(row["metric_id"], []).append(row)
        for metric_id, rows in owners.items():
            for left, right in combinations(rows, 2):
                one, other = left["subject_id"], right["subject_id"]
                if one != other and _overlap(subject, left, right) and _alike(duties[one], duties[other]):
                    yield self.row(
                        right,
                        "metric",
                        metric_id,
                        f"{one} and {other} both own `{metric_id}` in overlapping scopes, and their duties "
                        "read the same; is the work done twice?",
                        f"{one} 与 {other} 在重叠范围内同时负责 `{metric_id}` 且职责相近；是否重复劳动？",
                    )


def _in_use(subject: Subject) -> set[str]:
    return {
        name
        for name, metric in subject.library.metrics.items()
        if metric.kpi and metric.kpi.status not in ENDED_STATUSES
    }


def _text(duties: list[Row]) -> str:
    texts = [duty["duty_text"] or duty["duty_text_zh"] or "" for duty in duties]
    return " ".join(sorted(_NOT_LETTERS.sub(" ", text).strip().casefold() for text in texts))


def _alike(one: str, other: str) -> bool:
    return bool(one) and SequenceMatcher(None, one, other, autojunk=False).ratio() >= NEARLY_THE_SAME


def _overlap(subject: Subject, left: Row, right: Row) -> bool:
    one, other = left["scope_org_unit_id"], right["scope_org_unit_id"]
    if one is None or other is None or subject.people is None:
        return True
    return one in subject.people.chain(other) or other in subject.people.chain(one)
