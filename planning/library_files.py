"""A proposal as files of the strategy library, and the targets that the library's files hold already.

A plan is written as one more CSV file beside the others, never into one that somebody keeps by hand: the
profile takes it up by a pattern, `library.targets: {path: strategy/targets*.csv, columns: same}`. Each row is
the next revision of its target. A target of a period that is over stays as it is; a revision of another one
needs a reason, which is written as a change record beside it (`library.adjustments`).
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from ingestion.contract import load_contracts
from ingestion.landing import Landing, land_table
from ingestion.load import FileProblem
from ingestion.profile import Profile
from planning.allocation import PlanningError
from planning.calendarisation import why_not_divided
from planning.cascade import Subject
from planning.plan import Existing, Key, Plan, Planned
from publishing.periods import Period

TARGETS, ADJUSTMENTS = "library.targets", "library.adjustments"
LETTERS = {"year": "Y", "quarter": "Q", "month": "M", "week": "W", "day": "D"}
BASIS = "Proposed for {root} by {method} from {amount}. / 由 {root} 的 {amount} 按 {method} 分解。"


@dataclass(frozen=True)
class Change:
    """Why targets that stand already are revised, and on whose request."""

    reason: str
    requested_by: str


@dataclass(frozen=True)
class Written:
    """What became of a plan's targets: the files; how many are new or revisions, how many stand already, and
    how many are of periods that are over, for which nothing is set afterwards.
    """

    files: list[Path]
    new: int
    revised: int
    unchanged: int
    over: int


def held_targets(profile: Profile, metric_id: str) -> dict[Key, Existing]:
    """The newest revision of each target of a metric in the profile's files, as far as the contract accepts
    them. Raises PlanningError for a file that cannot be read.
    """
    newest: dict[Key, Existing] = {}
    for row in _rows(profile) if TARGETS in profile.tables() else ():
        if row["metric_id"] != metric_id:
            continue
        subject = Subject(row["subject_type"], row["subject_id"])
        key = (subject, row["period_grain"], row["period_start_on"])
        if key not in newest or row["revision"] > newest[key].revision:
            newest[key] = Existing(row["target_id"], row["revision"], row["target"])
    return newest


def write_targets(
    plan: Plan, profile: Profile, held: Mapping[Key, Existing], change: Change | None = None
) -> Written:
    """Write the plan's targets into the profile's strategy folder.

    Nothing is written for a period that is over, nor for a target that says the same already. A week that
    crosses the year's end belongs to two plans and is left out. Raises PlanningError where the profile would
    not take the files up, and where targets are revised without a reason.
    """
    new, revised, unchanged, over = [], [], 0, 0
    for one in _whole_periods(plan.targets):
        existing = held.get(_key(one))
        if existing is not None and existing.amount == one.amount:
            unchanged += 1
        elif one.period.end <= plan.as_of:
            over += 1
        elif existing is None:
            new.append(one)
        else:
            revised.append(one)
    if revised and change is None:
        raise PlanningError(
            f"{len(revised)} targets that stand already would be revised: say why and who asked for it "
            "(--reason, --requested-by).",
            f"将修订 {len(revised)} 个现有目标：请说明原因与申请人（--reason、--requested-by）。",
        )
    files = _write(plan, profile, held, [*new, *revised], change if revised else None)
    return Written(files, len(new), len(revised), unchanged, over)


def _write(
    plan: Plan,
    profile: Profile,
    held: Mapping[Key, Existing],
    targets: Sequence[Planned],
    change: Change | None,
) -> list[Path]:
    if not targets:
        return []
    name = f"{plan.metric['metric_id']}-{plan.root.id}-{plan.request.year}"
    file = _free_file(profile, TARGETS, name)
    adjustment = None
    files = [file]
    if change is not None:
        adjustment = f"ADJ-PLAN-{file.stem.removeprefix('targets-')}"
        files.append(_free_file(profile, ADJUSTMENTS, name))
        files[1].write_text(_csv(ADJUSTMENTS, [_adjustment(plan, adjustment, change)]), "utf-8")
    ids = {_key(one): _target_id(plan, one, _revision(one, held)) for one in targets}
    above = _parents(targets, ids)
    rows = [
        _row(plan, one, ids[_key(one)], _revision(one, held), above.get(_key(one)), adjustment)
        for one in sorted(targets, key=_key)
    ]
    file.write_text(_csv(TARGETS, rows), "utf-8")
    return files


def _parents(targets: Sequence[Planned], ids: Mapping[Key, str]) -> dict[Key, str]:
    """The target above each, where all its parts are written with it and sum to it.

    They do not where somebody sits in two places: the person's one target is a part of both.
    """
    parts: dict[Key, list[Planned]] = defaultdict(list)
    for one in targets:
        if one.parent is not None:
            parts[one.parent, one.period.grain, one.period.start].append(one)
    amounts = {_key(one): one.amount for one in targets}
    return {
        _key(one): ids[above]
        for above, of in parts.items()
        if sum(one.amount for one in of) == amounts.get(above)
        for one in of
    }


def _row(
    plan: Plan, one: Planned, target_id: str, revision: int, above: str | None, adjustment: str | None
) -> dict[str, Any]:
    return {
        "target_id": target_id,
        "metric_id": plan.metric["metric_id"],
        "subject_type": one.subject.type,
        "subject_id": one.subject.id,
        "period_grain": one.period.grain,
        "period_start_on": one.period.start,
        "revision": revision,
        "kind": plan.kind,
        "target": one.amount,
        "basis": BASIS.format(root=plan.root, method=_method(plan, plan.root), amount=plan.request.target),
        "allocation_method": None if one.parent is None else _method(plan, one.parent),
        "parent_target_id": above,
        "recorded_on": plan.as_of,
        "adjustment_id": adjustment if revision > 1 else None,
        "metric_version": plan.metric["version"],
    }


def _method(plan: Plan, above: Subject) -> str:
    """How what is above was divided, in the words of the contract."""
    if why_not_divided(plan.metric["additivity"]) is not None:
        return "handed_down"
    return plan.runs[above].method if above in plan.runs else plan.method


def _adjustment(plan: Plan, adjustment: str, change: Change) -> dict[str, Any]:
    return {
        "adjustment_id": adjustment,
        "object_type": "target",
        "object_id": _target_id(plan, plan.targets[0], 1),
        "reason": change.reason,
        "basis": f"Plan of {plan.metric['metric_id']} for {plan.request.year}: {plan.request.target}.",
        "requested_by": change.requested_by,
        "effective_on": plan.as_of,
    }


def _rows(profile: Profile) -> list[dict[str, Any]]:
    """The target rows of the profile's files, landed for the occasion in a folder that is gone afterwards."""
    import polars as pl

    contract = load_contracts()[TARGETS]
    # Whether references are known is for the night to say: here nothing else has landed.
    columns = {
        name: column.model_copy(update={"references": None}) for name, column in contract.columns.items()
    }
    contract = contract.model_copy(update={"columns": columns})
    with TemporaryDirectory(prefix="goldthread-plan-") as folder:
        landing = Landing(Path(folder))
        landed = land_table(profile, contract, landing, run_id="plan")
        _refuse_unread(landed.problems)
        frames = [pl.read_parquet(path) for path in landing.current_paths(TARGETS)]
    return pl.concat(frames, how="diagonal_relaxed").to_dicts() if frames else []


def _refuse_unread(problems: Iterable[FileProblem]) -> None:
    """Raise PlanningError for a targets file that cannot be read: what stands in it could be set twice."""
    for problem in problems:
        if problem.kind != "missing":
            raise PlanningError(
                f"{problem.file} cannot be read, so the targets that stand are not known: {problem.message}",
                f"{problem.file} 无法读取，现有目标不明，请先修复该文件。",
            )


def _whole_periods(targets: Iterable[Planned]) -> list[Planned]:
    """Targets of whole periods: the pieces of a week that a month's end cuts are put together again."""
    whole = [one for one in targets if one.period.grain != "week"]
    weeks: dict[tuple[Subject, Subject | None, date], list[Planned]] = defaultdict(list)
    for one in targets:
        if one.period.grain == "week":
            monday = one.period.start - timedelta(days=one.period.start.weekday())
            weeks[one.subject, one.parent, monday].append(one)
    for (subject, parent, monday), pieces in weeks.items():
        sunday = monday + timedelta(days=6)
        if monday.year == sunday.year:
            amount = sum((piece.amount for piece in pieces), Decimal(0))
            whole.append(Planned(subject, parent, Period("week", monday, sunday), amount))
    return whole


def _free_file(profile: Profile, table: str, name: str) -> Path:
    """A file that does not exist yet and that the profile's mapping of a table takes up; raises PlanningError
    where no mapping would.
    """
    stem = table.removeprefix("library.")
    for source, mapping in profile.tables().get(table, ()):
        for pattern in mapping.path if mapping.columns is None else ():
            folder = PurePosixPath(pattern).parent
            if fnmatch(str(folder / f"{stem}-{name}.csv"), pattern):
                return _numbered(profile.source_root(source) / folder, f"{stem}-{name}")
    raise PlanningError(
        f"{profile.file}: a plan would not be read. Let the profile take up more than one file: "
        f"{table}: {{path: strategy/{stem}*.csv, snapshot: true, columns: same}}",
        f"{profile.file}：计划文件不会被读取，请将 {table} 的 path 改为 strategy/{stem}*.csv",
    )


def _numbered(folder: Path, stem: str) -> Path:
    file, number = folder / f"{stem}.csv", 1
    while file.exists():
        number += 1
        file = folder / f"{stem}-{number}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    return file


def _csv(table: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV with every column of the contract."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(load_contracts()[table].columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _target_id(plan: Plan, one: Planned, revision: int) -> str:
    letter, start = LETTERS[one.period.grain], one.period.start
    period = f"{letter}{start:%Y-%m}" if letter in "YQM" else f"{letter}{start}"
    return f"TG-{plan.metric['metric_id']}-{one.subject.id}-{period}-R{revision}"


def _revision(one: Planned, held: Mapping[Key, Existing]) -> int:
    existing = held.get(_key(one))
    return existing.revision + 1 if existing else 1


def _key(one: Planned) -> Key:
    return one.subject, one.period.grain, one.period.start
