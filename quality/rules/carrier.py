"""RSP: is there somebody who carries what is assigned, and does he or she know what?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from quality.company import Row
from quality.findings import Finding
from quality.people import People
from quality.rules.rule import CARRYING_ROLES, Rule, Subject, listed

DAYS_TO_ACKNOWLEDGE = 30
Problem = tuple[str, str]


class AssignmentIsAcknowledged(Rule):
    """Assignments that somebody has carried for a month without acknowledging the definition as it is now.

    As it is now: nobody acknowledged a newer version, and no adjustment of the metric came after.
    """

    rule_id = "RSP-12"
    severity = "warning"
    title = "assignment not acknowledged within N days or acknowledged an older version"
    title_zh = "分配未在规定天数内确认，或确认的是旧版本"

    def check(self, subject: Subject) -> Iterator[Finding]:
        acks = [row for row in subject.rows("library.assignment_acks") if _done(row, subject.as_of)]
        if not acks or subject.people is None or subject.people.holdings is None:
            return
        newest = _newest_acks(acks)
        current = _current_versions(subject.rows("library.metric_assignments"), acks)
        changed = last_changes(subject, "metric")
        for row in subject.rows_in_force("library.metric_assignments"):
            if row["role"] not in CARRYING_ROLES:
                continue
            never, older = [], []
            for person, since in _carriers(subject.people, row):
                ack = newest.get((row["assignment_id"], person))
                if ack is None:
                    never += [person] if (subject.as_of - since).days > DAYS_TO_ACKNOWLEDGE else []
                elif _version(ack["metric_version"]) < current[row["metric_id"]] or ack[
                    "acknowledged_on"
                ] < changed.get(row["metric_id"], date.min):
                    older.append(person)
            if never:
                yield self.row(
                    row,
                    "assignment",
                    row["assignment_id"],
                    f"{len(never)} of those who carry `{row['metric_id']}` have not acknowledged it in "
                    f"{DAYS_TO_ACKNOWLEDGE} days: {listed(never)}; have them read it, and record it in "
                    "assignment_acks",
                    f"`{row['metric_id']}` 有 {len(never)} 名承担者超过 {DAYS_TO_ACKNOWLEDGE} 天未确认："
                    f"{listed(never)}；请其阅读并登记到 assignment_acks",
                )
            if older:
                yield self.row(
                    row,
                    "assignment",
                    row["assignment_id"],
                    f"{len(older)} of those who carry `{row['metric_id']}` acknowledged an older version: "
                    f"{listed(older)}; tell them what changed and have it acknowledged again",
                    f"`{row['metric_id']}` 有 {len(older)} 名承担者确认的是旧版本：{listed(older)}；"
                    "请说明变化并重新确认",
                )


class CarrierExists(Rule):
    """Assignments of unknown metrics, to positions, people or units that do not exist, to vacant positions,
    or to somebody to whom the metric does not apply.
    """

    rule_id = "RSP-14"
    severity = "error"
    title = "assigned to vacant/ended position or outside applicability"
    title_zh = "分配给空缺或已终止的岗位、已离职人员，或超出适用范围"

    def check(self, subject: Subject) -> Iterator[Finding]:
        people = subject.people
        if people is None:
            return
        metrics = subject.library.metrics
        scopes = {name: metric.kpi.applies_to for name, metric in metrics.items() if metric.kpi}
        known = metrics.keys() | subject.library.held_out.keys()
        for row in subject.rows_in_force("library.metric_assignments"):
            problem = (
                _unknown_metric(row)
                if row["metric_id"] not in known
                else _PROBLEMS[row["subject_type"]](people, row)
                or _outside(people, row, scopes.get(row["metric_id"], []))
            )
            if problem:
                yield self.row(row, "assignment", row["assignment_id"], *problem)


def last_changes(subject: Subject, object_type: str) -> dict[str, date]:
    """When each object of a type was adjusted last, up to the as-of day."""
    found: dict[str, date] = {}
    for row in subject.rows("library.adjustments"):
        day = row["effective_on"]
        if row["object_type"] == object_type and day is not None and day <= subject.as_of:
            found[row["object_id"]] = max(day, found.get(row["object_id"], day))
    return found


def _done(row: Row, as_of: date) -> bool:
    return row["acknowledged_on"] <= as_of


def _newest_acks(acks: list[Row]) -> dict[tuple[str, str], Row]:
    ordered = sorted(acks, key=lambda row: (_version(row["metric_version"]), row["acknowledged_on"]))
    return {(row["assignment_id"], row["employee_id"]): row for row in ordered}


def _current_versions(assignments: list[Row], acks: list[Row]) -> dict[str, tuple[int, ...]]:
    """Metric → the newest version that anybody has acknowledged."""
    metrics = {row["assignment_id"]: row["metric_id"] for row in assignments}
    found: dict[str, tuple[int, ...]] = dict.fromkeys(metrics.values(), ())
    for row in acks:
        metric_id = metrics.get(row["assignment_id"])
        if metric_id is not None:
            found[metric_id] = max(found[metric_id], _version(row["metric_version"]))
    return found


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _carriers(people: People, row: Row) -> Iterator[tuple[str, date]]:
    """The people who carry an assignment, each with the first day on which he or she does."""
    start = row["valid_from"] or date.min
    if row["subject_type"] == "employee" and row["subject_id"] in (people.employed or ()):
        yield row["subject_id"], start
    if row["subject_type"] == "position":
        for holding in people.holders.get(row["subject_id"], []):
            yield holding.employee_id, max(start, holding.since or date.min)


def _unknown_metric(row: Row) -> Problem:
    return (
        f"the metric `{row['metric_id']}` does not exist; correct the row",
        f"指标 `{row['metric_id']}` 不存在；请更正该行",
    )


def _position(people: People, row: Row) -> Problem | None:
    position, day = row["subject_id"], people.as_of
    if people.positions and position not in people.positions:
        return (
            f"`{row['metric_id']}` is assigned to position {position}, which does not exist on {day}; end "
            "the row or name the position that took its place",
            f"`{row['metric_id']}` 分配给 {day} 不存在的岗位 {position}；请结束该行或改为接替的岗位",
        )
    if people.holdings is not None and not people.holders.get(position):
        return (
            f"`{row['metric_id']}` is assigned to position {position}, which nobody holds on {day}; fill it "
            "or assign the metric to somebody else meanwhile",
            f"`{row['metric_id']}` 分配给岗位 {position}，但 {day} 无人任职；请补充人员或暂时另行分配",
        )
    return None


def _employee(people: People, row: Row) -> Problem | None:
    if people.employed is None or row["subject_id"] in people.employed:
        return None
    return (
        f"`{row['metric_id']}` is assigned to {row['subject_id']}, who is not employed on {people.as_of}; "
        "end the row and assign it to somebody who is",
        f"`{row['metric_id']}` 分配给 {people.as_of} 不在职的 {row['subject_id']}；请结束并另行分配",
    )


def _unit(people: People, row: Row) -> Problem | None:
    if not people.units or row["subject_id"] in people.units:
        return None
    return (
        f"`{row['metric_id']}` is assigned to unit {row['subject_id']}, which does not exist on "
        f"{people.as_of}; name one that does",
        f"`{row['metric_id']}` 分配给 {people.as_of} 不存在的单元 {row['subject_id']}；请更正",
    )


_PROBLEMS: dict[str, Callable[[People, Row], Problem | None]] = {
    "position": _position,
    "employee": _employee,
    "org_unit": _unit,
}


def _outside(people: People, row: Row, scopes: list[str]) -> Problem | None:
    """A metric that is scored for somebody has to apply to him; who only helps may come from anywhere."""
    if not scopes or not row["weight"]:
        return None
    where = _scopes_of(people, row)
    kinds = {scope.partition(":")[0] for scope in where}
    if not kinds >= {scope.partition(":")[0] for scope in scopes} or where & set(scopes):
        return None  # nothing is known of the carrier in one of these respects, or it applies
    return (
        f"`{row['metric_id']}` is scored for {row['subject_id']}, to whom it does not apply "
        f"({', '.join(scopes)}); take the weight away or widen `applies_to`",
        f"`{row['metric_id']}` 对 {row['subject_id']} 计分，但不在适用范围（{'、'.join(scopes)}）；"
        "请去掉权重或扩大 applies_to",
    )


def _scopes_of(people: People, row: Row) -> set[str]:
    unit_id = people.unit_of(row["subject_type"], row["subject_id"])
    found = {f"org_unit:{unit}" for unit in people.chain(unit_id)}
    if unit_id in people.units and people.units[unit_id]["unit_type"]:
        found.add(f"org_unit_type:{people.units[unit_id]['unit_type']}")
    position_id = row["subject_id"]
    if row["subject_type"] == "employee":
        held = people.main_positions.get(position_id)
        position_id = held.position_id if held else ""
    position = people.positions.get(position_id)
    if position:
        found.add(f"position:{position_id}")
        found |= {f"job_family:{position['job_family']}"} if position["job_family"] else set()
    return found
