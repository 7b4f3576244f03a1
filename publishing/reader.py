"""Read-only access to a published night: definitions, figures, and the way to goals and files."""

from __future__ import annotations

import difflib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from publishing.database import DATABASE_FILE
from publishing.manifest import Manifest, read_manifest
from publishing.periods import Period
from publishing.switch import current_run, published_runs

Row = dict[str, Any]


class UnknownNameError(Exception):
    """A metric, run, subject or period that the published warehouse does not know."""


class NothingPublishedError(Exception):
    """No night has been published yet."""


def choose_run(published: Path, *, run_id: str | None = None, as_of: date | None = None) -> str:
    """The run that is meant: the named one, else the newest as of that date or before, else the current."""
    runs = published_runs(published)
    current = current_run(published)
    if current is None:
        raise NothingPublishedError(
            f"Nothing is published in {published} yet. "
            "Run 'goldthread refresh' first, or set GOLDTHREAD_HOME."
        )
    if run_id is not None:
        if run_id not in runs:
            raise UnknownNameError(f"There is no published run '{run_id}'. {nearest(run_id, runs)}".strip())
        return run_id
    if as_of is None:
        return current
    dated = [(read_manifest(published / run).as_of, run) for run in runs]
    known = [(day, run) for day, run in dated if day <= as_of.isoformat()]
    if not known:
        raise UnknownNameError(
            f"No night shows the state as of {as_of} or before; the earliest is as of {min(dated)[0]}."
        )
    return max(known)[1]


def runs(published: Path) -> list[Row]:
    """Every published night, oldest first, and which of them readers see."""
    current = current_run(published)
    return [
        {
            "run_id": run_id,
            "as_of": manifest.as_of,
            "started": manifest.started,
            "finished": manifest.finished,
            "profile": manifest.profile,
            "code_version": manifest.code_version,
            "marts": len(manifest.marts),
            "held_domains": sorted(manifest.held_domains),
            "is_current": run_id == current,
        }
        for run_id in published_runs(published)
        for manifest in [read_manifest(published / run_id)]
    ]


@contextmanager
def open_night(
    published: Path, *, run_id: str | None = None, as_of: date | None = None
) -> Iterator[PublishedNight]:
    """Open a published night for reading. It is never locked against the next night's switch."""
    folder = published / choose_run(published, run_id=run_id, as_of=as_of)
    with duckdb.connect(str(folder / DATABASE_FILE), read_only=True) as connection:
        yield PublishedNight(connection, read_manifest(folder))


class PublishedNight:
    """The published marts of one night."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, manifest: Manifest):
        self._connection = connection
        self.manifest = manifest

    def metrics(self) -> list[Row]:
        """Every metric of the library, by perspective and name."""
        return self.rows(
            "SELECT metric_id, label, name_zh, perspective, unit, direction, status, version, state, "
            "state_reason "
            "FROM marts.dim_metric ORDER BY perspective, metric_id"
        )

    def goals(self) -> list[Row]:
        """Every goal, strategic ones first."""
        return self.rows("SELECT * FROM marts.dim_goal ORDER BY kind <> 'strategic', level, goal_id")

    def loads(self) -> list[Row]:
        """One row reconciliation per load: rows read = landed + quarantined + exact duplicates."""
        return self.rows('SELECT * FROM marts.load_reconciliation ORDER BY "table", file, load_id')

    def metric(self, metric_id: str) -> Row:
        """A metric's definition with its terms and findings."""
        found = self.rows("SELECT * FROM marts.dim_metric WHERE metric_id = ?", metric_id)
        if not found:
            known = [row["metric_id"] for row in self.rows("SELECT metric_id FROM marts.dim_metric")]
            raise UnknownNameError(f"There is no metric '{metric_id}'. {nearest(metric_id, known)}".strip())
        terms = self.rows(
            "SELECT * FROM marts.metric_term WHERE metric_id = ? ORDER BY role DESC, component_id", metric_id
        )
        findings = self.rows(
            "SELECT rule_id, severity, file, line, message, message_zh FROM marts.definition_finding "
            "WHERE object_id = ? AND waived_by IS NULL ORDER BY rule_id, line",
            metric_id,
        )
        return {**found[0], "terms": terms, "findings": findings}

    def values(self, metric_id: str, *, subject: tuple[str, str] | None, period: Period | None) -> list[Row]:
        """A metric's figures; without a subject the company's, without a period the newest month's."""
        self.metric(metric_id)
        rows = self._figures("metric_value", {"metric_id": metric_id}, subject, period)
        if not rows:
            raise UnknownNameError(self._why_no_value(metric_id, *(subject or ("company", None))))
        return rows

    def slices(
        self, metric_id: str, dimension: str, *, subject: tuple[str, str] | None, period: Period | None
    ) -> list[Row]:
        """A metric's figures by the values of a dimension; subject and period as in `values`."""
        self.metric(metric_id)
        known = [
            row["dimension"]
            for row in self.rows(
                "SELECT DISTINCT dimension FROM marts.metric_slice WHERE metric_id = ? ORDER BY dimension",
                metric_id,
            )
        ]
        if dimension not in known:
            by = f"It is sliced by {', '.join(known)}." if known else "Its file names no `slices`."
            raise UnknownNameError(f"{metric_id} is not sliced by '{dimension}'. {by}")
        wanted = {"metric_id": metric_id, "dimension": dimension}
        rows = self._figures("metric_slice", wanted, subject, period)
        rows.sort(key=lambda row: (row["subject_id"], row["period_end"], row["dimension_value"]))
        if not rows:
            raise UnknownNameError(
                f"{metric_id} has no slices for {':'.join(subject or ('company',))} in that period. "
                "They are kept for company, division, department and team, by week and longer."
            )
        return rows

    def _figures(
        self, mart: str, wanted: dict[str, str], subject: tuple[str, str] | None, period: Period | None
    ) -> list[Row]:
        subject_type, subject_id = subject or ("company", None)
        conditions = [*(f"{column} = ?" for column in wanted), "subject_type = ?", "period_grain = ?"]
        values: list[Any] = [*wanted.values(), subject_type, period.grain if period else "month"]
        if subject_id is not None:
            conditions.append("subject_id = ?")
            values.append(subject_id)
        if period is not None:
            conditions.append("period_start = ? AND period_end = ?")
            values += [period.start, period.end]
        return self.rows(
            f"SELECT * FROM marts.{mart} WHERE {' AND '.join(conditions)} "
            "QUALIFY period_start = max(period_start) OVER () ORDER BY subject_id, period_end",
            *values,
        )

    def goal_paths(self, metric_id: str) -> list[Row]:
        """Why the metric exists: each path from a strategic goal to it, and who carries it there."""
        self.metric(metric_id)
        return self.rows(
            "SELECT p.root_goal_id, g.title, g.title_zh, p.depth, p.path, "
            "list({'subject_type': p.subject_type, 'subject_id': p.subject_id} "
            "ORDER BY p.subject_type, p.subject_id) AS subjects "
            "FROM marts.goal_path AS p LEFT JOIN marts.dim_goal AS g ON p.root_goal_id = g.goal_id "
            "WHERE p.metric_id = ? GROUP BY ALL ORDER BY p.path",
            metric_id,
        )

    def sources(self, metric_id: str) -> list[Row]:
        """Where the metric's numbers come from: every lineage edge below it, nearest first."""
        self.metric(metric_id)
        below: dict[tuple[str, str], list[Row]] = {}
        for edge in self.rows("SELECT * FROM marts.lineage_edge WHERE kind NOT IN ('carried_by', 'held_by')"):
            below.setdefault((edge["from_type"], edge["from_id"]), []).append(edge)
        found: list[Row] = []
        seen = {("metric", metric_id)}
        waiting = deque([("metric", metric_id, 1)])
        while waiting:
            node_type, node_id, distance = waiting.popleft()
            for edge in sorted(below.get((node_type, node_id), ()), key=_edge_order):
                found.append({"distance": distance, **edge})
                target = (edge["to_type"], edge["to_id"])
                if target not in seen:
                    seen.add(target)
                    waiting.append((*target, distance + 1))
        return found

    def has(self, mart: str) -> bool:
        """Whether the night published a mart of that name."""
        return bool(self.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", mart))

    def _why_no_value(self, metric_id: str, subject_type: str, subject_id: str | None) -> str:
        kept = self.rows(
            "SELECT DISTINCT subject_type, period_grain FROM marts.metric_value WHERE metric_id = ?",
            metric_id,
        )
        types = sorted({row["subject_type"] for row in kept})
        grains = sorted({row["period_grain"] for row in kept})
        who = subject_type + (f" '{subject_id}'" if subject_id else "")
        if not kept:
            return f"{metric_id} has no figures in run {self.manifest.run_id}."
        return (
            f"{metric_id} has no figure for {who} in that period. It is kept for {', '.join(types)} "
            f"by {', '.join(grains)}."
        )

    def rows(self, sql: str, *values: Any, **named: Any) -> list[Row]:
        """What a query over the schema `marts` finds, with values for its `?` or for its `$name`."""
        cursor = self._connection.execute(sql, named or list(values))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _edge_order(edge: Row) -> tuple[str, ...]:
    return tuple(str(edge[key]) for key in ("kind", "to_type", "to_id"))


def nearest(name: str, known: Sequence[str]) -> str:
    """The known names that one was probably meant to be, as a question; empty when none is close."""
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(close)}?" if close else ""
