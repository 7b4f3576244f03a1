"""What a new version of a metric moved: its figures in the night of either version, and what rests on them.

Only counts and the company's own figures are told, so nothing is said of one person.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from publishing.database import sql_text
from publishing.history import nights_of_versions
from publishing.reader import PublishedNight, Row, open_night

FIGURE = "subject_type, subject_id, period_grain, period_start, period_end"
_BOTH = "before.value IS NOT NULL AND after.value IS NOT NULL"


def version_impact(published: Path, metric_id: str, first: str, second: str) -> dict[str, Any]:
    """The figures of two versions beside each other, and what rests on the metric in the night of the second.

    `before`, `after`: run and as-of day of the last night that shows each version; records that came between
    them move figures too. `figures`: per subject type and period grain how many figures with a value are the
    same, differ, are gone or new. `company`: per grain the newest figure that both nights have.
    `rests_on_it`: metrics computed from it, goals that these serve, and how many subjects carry, how many
    targets and scorecards of unfinished periods read them. Raises UnknownNameError for a version of no
    published night.
    """
    before, after = nights_of_versions(published, metric_id, first, second)
    with open_night(published, run_id=before) as night:
        told_before = _told(night)
        earlier = published / before / night.manifest.marts["metric_value"]["file"]
    with open_night(published, run_id=after) as night:
        built_on_it = _built_on(night, metric_id)
        metrics = [metric_id, *built_on_it]
        return {
            "before": told_before,
            "after": _told(night),
            "figures": _figures(night, metric_id, earlier),
            "company": _company(night, metric_id, earlier),
            "rests_on_it": {
                "metrics": metrics[1:],
                "goals": _goals(night, metrics),
                **_counts(night, metrics),
            },
        }


def _told(night: PublishedNight) -> Row:
    return {"run_id": night.manifest.run_id, "as_of": night.manifest.as_of}


def _both(earlier: Path) -> str:
    """The metric's figures in both nights, as two relations."""
    return (
        f"WITH before AS (SELECT {FIGURE}, value FROM {sql_text(earlier)} WHERE metric_id = ?), "
        f"after AS (SELECT {FIGURE}, value FROM marts.metric_value WHERE metric_id = ?) "
    )


def _figures(night: PublishedNight, metric_id: str, earlier: Path) -> list[Row]:
    return night.rows(
        f"{_both(earlier)}"
        "SELECT subject_type, period_grain, "
        f"count(*) FILTER ({_BOTH} AND before.value = after.value) AS same, "
        f"count(*) FILTER ({_BOTH} AND before.value <> after.value) AS different, "
        "count(*) FILTER (before.value IS NOT NULL AND after.value IS NULL) AS gone, "
        "count(*) FILTER (before.value IS NULL AND after.value IS NOT NULL) AS new "
        f"FROM before FULL JOIN after USING ({FIGURE}) GROUP BY ALL ORDER BY ALL",
        metric_id,
        metric_id,
    )


def _company(night: PublishedNight, metric_id: str, earlier: Path) -> list[Row]:
    return night.rows(
        f"{_both(earlier)}"
        "SELECT period_grain, period_start, period_end, before.value AS before, after.value AS after "
        f"FROM before INNER JOIN after USING ({FIGURE}) WHERE subject_type = 'company' AND {_BOTH} "
        "QUALIFY row_number() OVER (PARTITION BY period_grain ORDER BY period_end DESC, period_start) = 1 "
        "ORDER BY period_grain",
        metric_id,
        metric_id,
    )


def _built_on(night: PublishedNight, metric_id: str) -> list[str]:
    """The metrics that are computed from it, over however many steps."""
    found = night.rows(
        "WITH RECURSIVE built AS ("
        "SELECT from_id AS metric_id FROM marts.lineage_edge WHERE kind = 'input' AND to_id = ? "
        "UNION SELECT edge.from_id FROM marts.lineage_edge AS edge "
        "INNER JOIN built ON edge.kind = 'input' AND edge.to_id = built.metric_id"
        ") SELECT metric_id FROM built ORDER BY metric_id",
        metric_id,
    )
    return [row["metric_id"] for row in found]


def _goals(night: PublishedNight, metrics: list[str]) -> list[Row]:
    """The strategic goals that some of the metrics serve."""
    return night.rows(
        "SELECT DISTINCT goal_id, title, title_zh FROM marts.goal_path AS way "
        "INNER JOIN marts.dim_goal AS goal ON way.root_goal_id = goal.goal_id "
        "WHERE list_contains(?, way.metric_id) ORDER BY goal_id",
        metrics,
    )


def _counts(night: PublishedNight, metrics: list[str]) -> Row:
    """Subjects that carry some of the metrics today; targets and scorecards of periods that are not over."""
    [carried] = night.rows(
        "SELECT count(DISTINCT (subject_type, subject_id)) AS subjects FROM marts.mart_carried_metric "
        "WHERE is_current AND list_contains(?, metric_id)",
        metrics,
    )
    open_ones = "WHERE list_contains(?, metric_id) AND period_end > CAST(? AS DATE)"
    period = "subject_type, subject_id, period_grain, period_start"
    [targets] = night.rows(
        f"SELECT count(DISTINCT (metric_id, {period})) AS targets FROM marts.mart_attainment {open_ones}",
        metrics,
        night.manifest.as_of,
    )
    [scorecards] = night.rows(
        f"SELECT count(DISTINCT ({period})) AS scorecards FROM marts.mart_scorecard_item {open_ones}",
        metrics,
        night.manifest.as_of,
    )
    return {**carried, **targets, **scorecards}
