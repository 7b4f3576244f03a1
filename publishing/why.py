"""Why somebody has a metric: the goals it serves, what is to be reached and how that was derived, who else
carries it, and how it stands.

Everything comes from the published marts of one night; what a company does not keep (targets,
acknowledgements) is simply not in the answer.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from itertools import pairwise
from typing import Any

from publishing.reader import PublishedNight, Row, UnknownNameError

UNIT_TYPES = ("company", "division", "department", "team")
PATH_MARK = " > "

_SUBJECTS = {
    "employee": "SELECT employee_id AS id FROM marts.dim_employee",
    "position": "SELECT position_id AS id FROM marts.dim_position",
    "unit": "SELECT org_unit_id AS id FROM marts.dim_org_unit",
}
_ROLES = {"owner": 0, "collaborator": 1, "approver": 2, "informed": 3, "goal": 4}

_STANDING = """
SELECT * FROM marts.mart_attainment
WHERE subject_type = $kind AND subject_id = $subject AND target_id IS NOT NULL
    AND period_start <= CAST($as_of AS DATE)
QUALIFY row_number() OVER (PARTITION BY metric_id, period_grain ORDER BY period_start DESC) = 1
ORDER BY metric_id, period_start, period_grain DESC
"""


def why(night: PublishedNight, kind: str, subject_id: str) -> dict[str, Any]:
    """Every metric that an employee, a position or a unit (`kind`) carries on the night's as-of day, each
    with its reasons.

    Metrics stand in the order owner, collaborator, approver, informed, and by weight; shares and attainments
    are fractions, amounts in the metric's unit. Raises UnknownNameError for a subject that HR has never
    known; one that carries nothing has no metrics.
    """
    subject = _subject(night, kind, subject_id)
    carried = _carried(night, subject)
    paths = _paths(night, subject)
    standing = _standing(night, subject)
    metrics = [
        {
            **_definition(night, metric_id),
            "carried": rows,
            "paths": _chosen(paths[metric_id], {row["goal_id"] for row in rows}),
            "targets": standing[metric_id],
            "others": _others(night, subject, rows),
        }
        for metric_id, rows in _by_metric(carried, paths).items()
    ]
    return {**subject, "as_of": night.manifest.as_of, "metrics": metrics}


def _subject(night: PublishedNight, kind: str, subject_id: str) -> Row:
    """Who is asked about: type and id as the marts have them, with names and, of a person, the positions."""
    known = {row["id"] for row in night.rows(_SUBJECTS[kind])}
    if subject_id not in known:
        near = difflib.get_close_matches(subject_id, sorted(known), n=3, cutoff=0.6)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise UnknownNameError(f"HR has never known the {kind} '{subject_id}'.{hint}")
    if kind == "unit":
        [unit] = night.rows(
            "SELECT subject_type, org_unit_id AS subject_id, name, name_zh FROM marts.dim_org_unit "
            "WHERE org_unit_id = ? QUALIFY row_number() OVER (ORDER BY is_current DESC, valid_from DESC) = 1",
            subject_id,
        )
        return unit
    if kind == "position":
        return {"subject_type": kind, "subject_id": subject_id, **_position(night, subject_id)}
    held = night.rows(
        "SELECT DISTINCT assigned_id FROM marts.mart_carried_metric WHERE subject_type = 'employee' "
        "AND subject_id = ? AND is_current AND is_resolved ORDER BY assigned_id",
        subject_id,
    )
    names = [_position(night, row["assigned_id"]) for row in held]
    return {
        "subject_type": kind,
        "subject_id": subject_id,
        "name": ", ".join(one["name"] for one in names) or None,
        "name_zh": "、".join(one["name_zh"] or one["name"] for one in names) or None,
    }


def _position(night: PublishedNight, position_id: str) -> Row:
    rows = night.rows(
        "SELECT title AS name, title_zh AS name_zh FROM marts.dim_position WHERE position_id = ? "
        "QUALIFY row_number() OVER (ORDER BY is_current DESC, valid_from DESC NULLS LAST) = 1",
        position_id,
    )
    return rows[0] if rows else {"name": position_id, "name_zh": None}


def _carried(night: PublishedNight, subject: Row) -> list[Row]:
    """What the subject carries tonight, since when, and which version a person has acknowledged."""
    rows = night.rows(
        "SELECT assignment_id, metric_id, goal_id, role, weight, scope_org_unit_id, assigned_type, "
        "assigned_id, is_resolved, share, valid_from AS since FROM marts.mart_carried_metric "
        "WHERE is_current AND subject_type = ? AND subject_id = ?",
        subject["subject_type"],
        subject["subject_id"],
    )
    known = _acknowledged(night, subject)
    rows = [{**row, **known.get(row["assignment_id"], {})} for row in rows]
    return sorted(rows, key=lambda row: (_ROLES[row["role"]], -(row["weight"] or 0), row["metric_id"]))


def _acknowledged(night: PublishedNight, subject: Row) -> dict[str, Row]:
    if subject["subject_type"] != "employee" or not night.has("mart_responsibility_matrix"):
        return {}
    rows = night.rows(
        "SELECT assignment_id, acknowledgement, acknowledged_version, acknowledged_on "
        "FROM marts.mart_responsibility_matrix WHERE carrier_type = 'employee' AND carrier_id = ?",
        subject["subject_id"],
    )
    return {row.pop("assignment_id"): row for row in rows}


def _by_metric(carried: list[Row], paths: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Metric → how it is carried. A unit also carries what measures its goals, without any assignment."""
    found: dict[str, list[Row]] = {}
    for row in carried:
        found.setdefault(row["metric_id"], []).append(row)
    for metric_id, steps in paths.items():
        if metric_id not in found:
            last = {path["steps"][-1]["goal_id"]: path["steps"][-1]["since"] for path in steps}
            found[metric_id] = [
                {"metric_id": metric_id, "goal_id": goal, "role": "goal", "weight": None, "since": since}
                for goal, since in sorted(last.items())
            ]
    return found


def _paths(night: PublishedNight, subject: Row) -> dict[str, list[Row]]:
    """Metric → its ways down from a strategic goal, each step with title and the reason that leads to it."""
    goals = {row["goal_id"]: row for row in night.rows("SELECT * FROM marts.dim_goal")}
    edges = {
        (row["parent_goal_id"], row["child_goal_id"]): row
        for row in night.rows("SELECT * FROM marts.mart_cascade_edge WHERE is_current ORDER BY edge_id DESC")
    }
    found: dict[str, list[Row]] = defaultdict(list)
    for row in night.rows(
        "SELECT metric_id, path FROM marts.goal_path WHERE subject_type = ? AND subject_id = ? "
        "ORDER BY depth, path",
        subject["subject_type"],
        subject["subject_id"],
    ):
        names = row["path"].split(PATH_MARK)
        steps = [_step(goals[names[0]], None)]
        steps += [_step(goals[below], edges.get((above, below))) for above, below in pairwise(names)]
        found[row["metric_id"]].append({"path": row["path"], "steps": steps})
    return found


def _step(goal: Row, edge: Row | None) -> Row:
    """A goal on the way, and why it serves the one before; the strategic goal at the top serves none."""
    told = ("goal_id", "title", "title_zh", "hypothesis", "hypothesis_zh", "cycle")
    reasons = ("kind", "rationale", "rationale_zh", "share", "expected_sign")
    return {
        **{key: goal[key] for key in told},
        "since": goal["period_start_on"],
        "edge": {key: edge[key] for key in reasons} if edge else None,
    }


def _chosen(paths: list[Row], goals: set[str | None]) -> list[Row]:
    """The ways that end at a goal for which the metric is carried; all of them where none is named."""
    named = [path for path in paths if path["steps"][-1]["goal_id"] in goals]
    return named or paths


def _standing(night: PublishedNight, subject: Row) -> dict[str, list[Row]]:
    """Metric → the newest begun period of each grain with a target: target, figure, pace, and the parents."""
    parents = _parents(night)
    found: dict[str, list[Row]] = defaultdict(list)
    if night.has("mart_attainment"):
        for row in night.rows(
            _STANDING,
            kind=subject["subject_type"],
            subject=subject["subject_id"],
            as_of=night.manifest.as_of,
        ):
            found[row["metric_id"]].append({**row, "derived_from": parents[row["target_id"]]})
    return found


def _parents(night: PublishedNight) -> dict[str, list[Row]]:
    """Target → how it follows from the target above it, with that one's subject and its share of it; who
    holds several positions may have a part from each of them.
    """
    found: dict[str, list[Row]] = defaultdict(list)
    if not night.has("mart_target_cascade"):
        return found
    for row in night.rows(
        "SELECT t.target_id, t.origin, t.allocation_method, t.parent_target_id, t.parent_target, "
        "t.share_of_parent, above.subject_type AS parent_subject_type, above.subject_id AS parent_subject_id "
        "FROM marts.mart_target_cascade AS t "
        "INNER JOIN marts.mart_target_cascade AS above ON t.parent_target_id = above.target_id "
        "ORDER BY t.target_id, t.share_of_parent DESC, t.parent_target_id"
    ):
        found[row["target_id"]].append(row)
    return found


def _definition(night: PublishedNight, metric_id: str) -> Row:
    kept = (
        "metric_id", "label", "name_zh", "description", "definition_zh", "formula_text", "unit_kind", "unit",
        "direction", "version", "state",
    )  # fmt: skip
    rows = night.rows("SELECT * FROM marts.dim_metric WHERE metric_id = ?", metric_id)
    [run] = night.rows("SELECT currency FROM marts.run_info")
    return {key: rows[0][key] if rows else None for key in kept} | {"metric_id": metric_id, **run}


def _others(night: PublishedNight, subject: Row, rows: list[Row]) -> list[Row]:
    """Who else is assigned the metric for the same unit or goal, by what the assignment names."""
    assigned = night.rows(
        "SELECT DISTINCT assignment_id, role, weight, assigned_type, assigned_id, goal_id, scope_org_unit_id "
        "FROM marts.mart_carried_metric WHERE is_current AND metric_id = ? AND role <> 'informed'",
        rows[0]["metric_id"],
    )
    own = {row.get("assignment_id") for row in rows}
    near = [
        row
        for row in assigned
        if row["assignment_id"] not in own
        and row["assigned_id"] != subject["subject_id"]
        and any(_is_near(row, one) for one in rows)
    ]
    near.sort(key=lambda row: (_ROLES[row["role"]], -(row["weight"] or 0), row["assigned_id"]))
    return [
        {**row, **(_position(night, row["assigned_id"]) if row["assigned_type"] == "position" else {})}
        for row in near
    ]


def _is_near(other: Row, own: Row) -> bool:
    """Whether an assignment is part of the same matter: the goal is the same, or whoever owns or approves
    does so for the same unit. Collaborators of the whole company under other goals are not.
    """
    same_scope = own["role"] != "goal" and other["scope_org_unit_id"] == own["scope_org_unit_id"]
    if other["goal_id"] == own["goal_id"]:
        return same_scope or own["goal_id"] is not None
    return same_scope and (other["role"] != "collaborator" or own["scope_org_unit_id"] is not None)
