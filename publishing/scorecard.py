"""One subject's scorecard as it was published: the score, and each item with what it adds and why."""

from __future__ import annotations

from typing import Any

from publishing.periods import Period
from publishing.reader import PublishedNight, Row, UnknownNameError, nearest

ROLES = ("gate", "core", "bonus")


def scorecard(
    night: PublishedNight, subject: tuple[str, str], period: Period | None = None
) -> dict[str, Any]:
    """The scorecard of a subject with its `items`: gates, core items by weight, bonuses.

    Without a period it is that of the last period that is over, the longest that ends on that day; of an open
    one if none is over. Raises UnknownNameError for a subject or period without a scorecard.
    """
    cards = night.rows(
        "SELECT * FROM marts.mart_scorecard WHERE subject_type = ? AND subject_id = ? "
        "ORDER BY period_end > CAST(? AS DATE), period_end DESC, period_start",
        *subject,
        night.manifest.as_of,
    )
    if not cards:
        raise UnknownNameError(_no_scorecard(night, *subject))
    found = [card for card in cards if period is None or _is_of(card, period)]
    if not found:
        raise UnknownNameError(
            f"There is no scorecard of {':'.join(subject)} for that period: none of its items has a target "
            f"for it. There are those of {', '.join(_named(card) for card in cards[:8])}."
        )
    items = night.rows(
        "SELECT * FROM marts.mart_scorecard_item WHERE subject_type = ? AND subject_id = ? "
        "AND period_grain = ? AND period_start = ? "
        "ORDER BY weight DESC NULLS LAST, metric_id, scope_org_unit_id",
        *subject,
        found[0]["period_grain"],
        found[0]["period_start"],
    )
    return {**found[0], "items": sorted(items, key=lambda item: ROLES.index(item["score_role"]))}


def _is_of(card: Row, period: Period) -> bool:
    return (card["period_grain"], card["period_start"]) == (period.grain, period.start)


def _named(card: Row) -> str:
    start = card["period_start"]
    forms = {
        "year": f"{start:%Y}",
        "quarter": f"{start:%Y}-Q{start.month // 3 + 1}",
        "month": f"{start:%Y-%m}",
    }
    return forms[card["period_grain"]]


def _no_scorecard(night: PublishedNight, subject_type: str, subject_id: str) -> str:
    known = [
        row["subject_id"]
        for row in night.rows(
            "SELECT DISTINCT subject_id FROM marts.mart_scorecard WHERE subject_type = ?", subject_type
        )
    ]
    if not known:
        return f"There are no scorecards of the type '{subject_type}'."
    hint = nearest(subject_id, known)
    return (
        f"There is no scorecard of {subject_type} '{subject_id}': it carries nothing with a weight, or "
        f"nothing of it has a target. {hint}"
    ).strip()
