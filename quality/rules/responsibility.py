"""RSP: does exactly one position or person answer for every figure?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from quality.company import Row, holds
from quality.findings import Finding
from quality.rules.rule import CARRYING_ROLES, ENDED_STATUSES, Rule, Subject, listed

EVERYWHERE = "company"


class MetricHasOwner(Rule):
    """Metrics without an owner, whose owner's position does not exist, or that are assigned to everybody but
    an owner.
    """

    rule_id = "RSP-01"
    severity = "error"
    title = "no accountable owner"
    title_zh = "没有负责人"

    def check(self, subject: Subject) -> Iterator[Finding]:
        positions = subject.company.positions if subject.company else None
        assigned: dict[str, list[Row]] = defaultdict(list)
        for row in subject.rows("library.metric_assignments"):
            if holds(row, subject.as_of):
                assigned[row["metric_id"]].append(row)
        for name, metric in subject.library.metrics.items():
            kpi, rows = metric.kpi, assigned[name]
            if kpi is None or kpi.status in ENDED_STATUSES or name in subject.not_computable:
                continue
            has_owner_row = any(row["role"] == "owner" for row in rows)
            identity = _owner(subject, kpi.owner)
            if not identity and not has_owner_row:
                yield self.metric(
                    metric,
                    metric.line_of_kpi("owner"),
                    f"nobody answers for `{name}`; name a position as owner",
                    f"`{name}` 没有负责人；请填写 owner 岗位",
                )
            elif positions is not None and identity not in positions and not has_owner_row:
                yield self.metric(
                    metric,
                    metric.line_of_kpi("owner"),
                    f"the owner of `{name}` is position {identity}, which does not exist on {subject.as_of}; "
                    "name one that does, or assign an owner",
                    f"`{name}` 的负责岗位 {identity} 在 {subject.as_of} 不存在；"
                    "请改为现有岗位或另行分配负责人",
                )
            elif rows and not has_owner_row:
                yield self.row(
                    rows[0],
                    "metric",
                    name,
                    f"`{name}` is assigned, but nobody as its owner; add an assignment with the role owner",
                    f"`{name}` 已分配但没有负责人；请增加角色为 owner 的分配",
                )


class OneOwnerPerScope(Rule):
    """Two owners for the same metric and scope on the same day."""

    rule_id = "RSP-02"
    severity = "error"
    title = "more than one owner for same scope/day (RACI: exactly one A)"
    title_zh = "同一范围同一天有多名负责人"

    def check(self, subject: Subject) -> Iterator[Finding]:
        owners: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in subject.rows("library.metric_assignments"):
            if row["role"] == "owner":
                owners[(row["metric_id"], row["scope_org_unit_id"] or EVERYWHERE)].append(row)
        for (metric_id, scope), rows in owners.items():
            clashing = [pair for pair in combinations(rows, 2) if _clash(*pair)]
            if clashing:
                names = sorted({row["subject_id"] for pair in clashing for row in pair})
                yield self.row(
                    clashing[0][1],
                    "metric",
                    metric_id,
                    f"`{metric_id}` has {len(names)} owners at once for {scope}: {listed(names)}; "
                    "keep one, make "
                    "the others collaborators or give each a scope",
                    f"`{metric_id}` 在 {scope} 同时有 {len(names)} 名负责人：{listed(names)}；请只保留一名，"
                    "其余改为协作或划分范围",
                )


class DepartmentsShare(Rule):
    """Metrics made of figures that another branch of the company owns, and that nobody of it carries."""

    rule_id = "RSP-03"
    severity = "warning"
    title = "inputs/steps span >=2 departments but no collaborator from the other"
    title_zh = "输入指标跨部门，但没有对方部门的协作者"

    def check(self, subject: Subject) -> Iterator[Finding]:
        people = subject.people
        if people is None or not people.units:
            return
        branches = {
            name: people.branch(people.unit_of("position", _owner(subject, metric.kpi.owner)))
            for name, metric in subject.library.metrics.items()
            if metric.kpi
        }
        for name, rows in _carrying(subject).items():
            if name not in subject.live:
                continue
            carrying = {people.branch(people.unit_of(r["subject_type"], r["subject_id"])) for r in rows}
            feeding = {branches.get(below) for below in subject.library.metrics_below(name)}
            missing = sorted(branch for branch in feeding - carrying if branch)
            if missing:
                yield self.row(
                    rows[0],
                    "metric",
                    name,
                    f"`{name}` is made of figures that {listed(missing)} answer for, and nobody of there "
                    "carries it; add a collaborator",
                    f"`{name}` 由 {listed(missing)} 负责的数据构成，但其中无人共同承担；请增加协作者",
                )


class MetricHasCollaborator(Rule):
    """Metrics that somebody owns alone."""

    rule_id = "RSP-07"
    severity = "info"
    title = "no collaborator"
    title_zh = "没有协作者"

    def check(self, subject: Subject) -> Iterator[Finding]:
        for name, rows in _carrying(subject).items():
            if name in subject.live and all(row["role"] == "owner" for row in rows):
                yield self.row(
                    rows[0],
                    "metric",
                    name,
                    f"`{name}` has an owner and no collaborator; name who works on it too",
                    f"`{name}` 有负责人但没有协作者；请填写共同承担者",
                )


class CarriersWereConsulted(Rule):
    """Published metrics that were talked about with none of the positions that carry them."""

    rule_id = "RSP-10"
    severity = "info"
    title = "published without consultation of any carrying position"
    title_zh = "发布前未征询任何承担岗位"

    def check(self, subject: Subject) -> Iterator[Finding]:
        consulted: dict[str, set[str]] = defaultdict(set)
        for row in subject.rows("library.metric_consultations"):
            if row["consulted_on"] <= subject.as_of:
                consulted[row["metric_id"]].add(row["position_id"])
        carrying = _carrying(subject)
        for name, metric in subject.live.items() if consulted else ():
            positions = {row["subject_id"] for row in carrying[name] if row["subject_type"] == "position"}
            positions.add(_owner(subject, metric.kpi.owner if metric.kpi else None))
            if not positions & consulted[name]:
                yield self.metric(
                    metric,
                    metric.line,
                    f"`{name}` is published, and none of the positions that carry it was consulted; talk it "
                    "over and record it in metric_consultations",
                    f"`{name}` 已发布，但未征询任何承担岗位；请沟通并登记到 metric_consultations",
                )


def _carrying(subject: Subject) -> defaultdict[str, list[Row]]:
    """Metric → the rows by which it is carried on the as-of day, owners first."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    rows = subject.rows_in_force("library.metric_assignments")
    for row in sorted(rows, key=lambda row: row["role"] != "owner"):
        if row["role"] in CARRYING_ROLES:
            found[row["metric_id"]].append(row)
    return found


def _owner(subject: Subject, owner: str | None) -> str:
    """The position that a metric names as its owner, by the company's own id; empty when it names none."""
    if owner is None or subject.company is None:
        return (owner or "").removeprefix("position:")
    return subject.company.profile.position(owner)


def _clash(left: Row, right: Row) -> bool:
    same = (left["subject_type"], left["subject_id"]) == (right["subject_type"], right["subject_id"])
    return not same and _starts_before_end(left, right) and _starts_before_end(right, left)


def _starts_before_end(left: Row, right: Row) -> bool:
    return left["valid_from"] is None or right["valid_to"] is None or left["valid_from"] < right["valid_to"]
