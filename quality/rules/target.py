"""TGT: does what is to be reached stand beside what is measured?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from quality.company import Row
from quality.findings import Finding
from quality.rules.cascade import Cascade
from quality.rules.rule import Rule, Subject

DAYS = {"day": 1, "week": 7}
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


class TargetRule(Rule):
    """A rule about rows of library.targets."""

    def target(self, row: Row, message: str, message_zh: str) -> Finding:
        """A finding about one of them."""
        return self.row(row, "target", row["target_id"], message, message_zh)


class TargetCanBeMeasured(TargetRule):
    """Targets whose attainment no figure could tell: on the wrong side of their baseline or level with it,
    a band without bounds, or for a metric or subject that does not exist.
    """

    rule_id = "TGT-02"
    severity = "error"
    title = "target that cannot be measured against: wrong side of its baseline, no way to go, nobody's"
    title_zh = "目标值无法衡量：在基线的错误一侧、与基线相同，或指标、对象不存在"

    def check(self, subject: Subject) -> Iterator[Finding]:
        for row in subject.rows("library.targets"):
            for message, zh in (*_wrong_levels(row), *_unknown(subject, row)):
                yield self.target(row, message, zh)


class RevisionsAreExplained(TargetRule):
    """Targets written down after their period closed, revised without a record of why, or in two versions
    at once. The earlier revision stands.
    """

    rule_id = "TGT-09"
    severity = "error"
    title = "changed after period closed, revised without an adjustment record, or two versions at once"
    title_zh = "周期结束后修改、修订缺少调整记录，或两个版本同时有效"

    def check(self, subject: Subject) -> Iterator[Finding]:
        adjustments = subject.rows("library.adjustments")
        known = {row["adjustment_id"] for row in adjustments}
        explained = {row["object_id"] for row in adjustments if row["object_type"] == "target"}
        versions: dict[tuple[object, ...], list[Row]] = defaultdict(list)
        for row in subject.rows("library.targets"):
            name, last = row["target_id"], period_end(row) - timedelta(days=1)
            versions[series(row)].append(row)
            if row["recorded_on"] and row["recorded_on"] > last:
                yield self.target(
                    row,
                    f"the period of {name} closed on {last}, but it was recorded on "
                    f"{row['recorded_on']}; the earlier "
                    "revision stands, change the next period instead",
                    f"{name} 的周期已于 {last} 结束，记录日却为 {row['recorded_on']}；仍以先前修订为准，"
                    f"请修改下一周期",
                )
            if row["revision"] > 1 and row["adjustment_id"] not in known and name not in explained:
                yield self.target(
                    row,
                    f"revision {row['revision']} of {name} has no record of why; add one to adjustments "
                    "(object_type target) or name it as adjustment_id; until then the earlier revision "
                    "stands",
                    f"{name} 的第 {row['revision']} 次修订没有调整记录；请在 adjustments 中补充或填写 "
                    "adjustment_id；在此之前以先前修订为准",
                )
        for rows in versions.values():
            yield from self._at_once(sorted(rows, key=lambda row: row["revision"]))

    def _at_once(self, rows: list[Row]) -> Iterator[Finding]:
        for earlier, later in pairwise(rows):
            begins, ends = later["valid_from"], earlier["valid_to"]
            if earlier["revision"] == later["revision"] or (begins and ends and begins < ends):
                yield self.target(
                    later,
                    f"{earlier['target_id']} and {later['target_id']} are in force at once; give the "
                    f"later one the next "
                    "revision and let the earlier end when it begins",
                    f"{earlier['target_id']} 与 {later['target_id']} 同时有效；请递增后者的修订号，"
                    f"并使前者在其生效时失效",
                )


def series(row: Row) -> tuple[object, ...]:
    """What the revisions of one target have in common: metric, subject and period."""
    return tuple(
        row[key] for key in ("metric_id", "subject_type", "subject_id", "period_grain", "period_start_on")
    )


def period_end(target: Row) -> date:
    """The day after the last of the target's period."""
    start, grain = target["period_start_on"], target["period_grain"]
    if grain in DAYS:
        return start + timedelta(days=DAYS[grain])
    months = start.year * 12 + start.month - 1 + MONTHS[grain]
    return date(months // 12, months % 12 + 1, 1)


def covers(target: Row, day: date) -> bool:
    """Whether the target's period holds a day."""
    return target["period_start_on"] <= day < period_end(target)


def _wrong_levels(row: Row) -> Iterator[tuple[str, str]]:
    """What `target_problem` of the warehouse says about the same target, in words."""
    kind, low, high = row["kind"], row["lower_bound"], row["upper_bound"]
    if kind == "within" and None in (low, high):
        yield "a band needs a lower and an upper bound; fill in both", "区间目标需要上下限；请补全"
    elif kind == "within" and low >= high:
        yield (
            f"the lower bound {low:f} is not below the upper bound {high:f}; correct them",
            f"下限 {low:f} 不低于上限 {high:f}；请更正",
        )
    elif kind in ("at_least", "at_most"):
        yield from _no_way_to_go(row["baseline"], row["target"], up=kind == "at_least")


def _no_way_to_go(baseline: Decimal | None, target: Decimal, *, up: bool) -> Iterator[tuple[str, str]]:
    if baseline is None:
        if target <= 0:
            yield (
                f"a target of {target:f} without a baseline has no attainment; give it a baseline",
                f"目标值 {target:f} 没有基线，无法计算达成率；请补充基线",
            )
    elif baseline == target:
        yield (
            f"target and baseline are both {target:f}, so that there is no way to go; move the target, "
            f"or use the kind "
            "maintain",
            f"目标值与基线同为 {target:f}，没有提升空间；请调整目标值，或改用 maintain",
        )
    elif (target < baseline) is up:
        yield (
            f"the target {target:f} is on the wrong side of its baseline {baseline:f}; correct one of "
            f"them or the kind",
            f"目标值 {target:f} 位于基线 {baseline:f} 的错误一侧；请更正数值或目标类型",
        )


def _unknown(subject: Subject, row: Row) -> Iterator[tuple[str, str]]:
    name, kind = row["metric_id"], row["subject_type"]
    if name not in subject.library.definitions and name not in subject.library.held_out:
        yield f"the metric `{name}` does not exist; correct the row", f"指标 `{name}` 不存在；请更正该行"
    known = subject.company.subjects(kind) if subject.company else None
    if known is not None and row["subject_id"] not in known:
        yield (
            f"there is no {kind} {row['subject_id']}; correct the row",
            f"{kind} {row['subject_id']} 不存在；请更正该行",
        )


def _is_open(goal: Row, day: date) -> bool:
    start, end = goal["period_start_on"], goal["period_end_on"]
    inside = (start is None or start <= day) and (end is None or day < end)
    return goal["lifecycle_state"] == "active" and inside
