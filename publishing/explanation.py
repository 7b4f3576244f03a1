"""Why a metric moved between two periods: what each part of it made of the change, exactly.

The parts come from the published marts (`parts.sql`); the arithmetic is the one that the mart
`metric_contribution` is made with, the macro `contribution_effects` of the dbt project.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from publishing.periods import Period
from publishing.reader import PublishedNight, Row, UnknownNameError

PARTS_SQL = Path(__file__).with_name("parts.sql")
EFFECTS_MACRO = Path(__file__).resolve().parent.parent / "dbt_project/macros/contribution.sql"
UNIT_TYPES = ("company", "division", "department", "team")
LAST_DIGIT = Decimal("1e-10")
AMOUNTS = ("base_numerator", "base_denominator", "numerator", "denominator")


class NotDecomposableError(Exception):
    """A change that no parts add up to."""


def explain(
    night: PublishedNight,
    metric_id: str,
    base: Period,
    period: Period,
    *,
    subject: tuple[str, str] | None = None,
    way: str | None = None,
) -> dict[str, Any]:
    """What the parts of a subject, the company if none is named, made of a metric's change from `base` to
    `period`.

    `way` is `unit` (units and people below it) or `component` (terms of the formula); units are taken apart
    by unit if nothing is said. Raises UnknownNameError for what is not published, NotDecomposableError where
    the parts do not add up, and ValueError for periods that cannot be compared.
    """
    metric = night.metric(metric_id)
    if base.grain != period.grain:
        raise ValueError(
            f"A {base.grain} cannot be compared with a {period.grain}: "
            "name two periods of one grain, such as 2026-05 and 2026-06."
        )
    if base == period:
        raise ValueError(f"From and to are the same {period.grain}: name two periods.")
    before, after = (_figure(night, metric_id, subject, one) for one in (base, period))
    way = way or ("unit" if after["subject_type"] in UNIT_TYPES else "component")
    method = _method(night, metric_id, way, before, after)
    parts = _effects(night, metric_id, way, method, before, after)
    _check(parts, metric_id, method, before, after)
    for part in parts:
        if part["part_type"] == "withheld":
            part |= dict.fromkeys((*AMOUNTS, "rate_effect", "mix_effect"))
    return {
        "metric_id": metric_id,
        **{key: metric[key] for key in ("label", "name_zh", "unit", "version")},
        "subject_type": after["subject_type"],
        "subject_id": after["subject_id"],
        "period_grain": period.grain,
        "from": _told(before),
        "to": _told(after),
        "change": after["value"] - before["value"],
        "way": way,
        "method": method,
        "parts": parts,
        "sum_of_effects": sum((part["effect"] for part in parts), Decimal(0)),
        "unfinished": [str(one["period_start"]) for one in (before, after) if not one["is_complete"]],
    }


@cache
def effects_sql(parts: str, whole: tuple[str, ...], part: tuple[str, ...]) -> str:
    """The query for the effects of a relation of parts: the macro that the mart is built with, rendered."""
    import jinja2

    environment = jinja2.Environment(autoescape=False)  # noqa: S701 - the text becomes SQL, not HTML
    macros = environment.from_string(EFFECTS_MACRO.read_text("utf-8")).module
    return macros.contribution_effects(parts, whole, part)


def _figure(night: PublishedNight, metric_id: str, subject: tuple[str, str] | None, period: Period) -> Row:
    [row, *others] = night.values(metric_id, subject=subject, period=period)
    if others:
        raise ValueError(f"Name the one {row['subject_type']} that is meant, as TYPE:ID.")
    if row["value"] is None:
        raise UnknownNameError(
            f"{metric_id} has no value for {row['subject_type']}:{row['subject_id']} in the {period.grain} "
            f"{row['period_start']} to {row['period_end']}: {row['state']}."
        )
    [known] = night.rows(
        "SELECT is_complete FROM marts.dim_period "
        "WHERE period_grain = ? AND period_start = ? AND period_end = ?",
        period.grain,
        period.start,
        period.end,
    )
    return {**row, **known}


def _told(figure: Row) -> Row:
    told = ("period_start", "period_end", "value", "numerator", "denominator", "n", "state")
    return {key: figure[key] for key in told}


def _method(night: PublishedNight, metric_id: str, way: str, before: Row, after: Row) -> str:
    """How the parts make up the whole."""
    refused = f"{metric_id} is not decomposable by {way}s"
    if way == "unit" and after["subject_type"] not in UNIT_TYPES:
        raise NotDecomposableError(
            f"{refused}: no unit is below the {after['subject_type']}. Use components."
        )
    [known] = night.rows(
        "SELECT * FROM marts.metric_decomposition WHERE metric_id = ? AND way = ?", metric_id, way
    )
    if not known["is_decomposable"]:
        raise NotDecomposableError(f"{refused}: {known['reason']}. · {known['reason_zh']}。")
    below = [one["denominator"] for one in (before, after)]
    if None not in below and (0 in below or sum(below) == 0):
        raise NotDecomposableError(f"{refused} between these periods: there was nothing to divide by.")
    return known["method"]


def _effects(
    night: PublishedNight, metric_id: str, way: str, method: str, before: Row, after: Row
) -> list[Row]:
    whole = {"base_numerator": before["numerator"], "base_denominator": before["denominator"]}
    whole |= {key: after[key] for key in ("numerator", "denominator")}
    amounts = ", ".join(f"CAST(p.{name} AS DECIMAL(38, 10)) AS {name}" for name in AMOUNTS)
    wholes = ", ".join(f"CAST($whole_{name} AS DECIMAL(38, 10)) AS whole_{name}" for name in AMOUNTS)
    moved = " OR ".join(f"p.{name} <> 0" for name in AMOUNTS)
    parts = (
        f"(SELECT part_type, part_id, {amounts}, {wholes}, CAST($change AS DECIMAL(38, 10)) AS change, "
        f"$method AS method FROM ({PARTS_SQL.read_text('utf-8')}) AS p WHERE {moved}) AS parts"
    )
    effects = effects_sql(parts, ("change",), ("part_type", "part_id"))
    return night.rows(
        "SELECT e.part_type, e.part_id, u.name, u.name_zh, "
        + ", ".join(f"e.{name}" for name in (*AMOUNTS, "effect", "rate_effect", "mix_effect"))
        + f" FROM ({effects}) AS e LEFT JOIN marts.dim_org_unit AS u "
        "ON e.part_type = u.subject_type AND e.part_id = u.org_unit_id AND u.is_current "
        "ORDER BY abs(e.effect) DESC, e.part_type, e.part_id",
        metric_id=metric_id,
        way=way,
        method=method,
        change=after["value"] - before["value"],
        subject_type=after["subject_type"],
        subject_id=after["subject_id"],
        period_grain=after["period_grain"],
        period_start=after["period_start"],
        period_end=after["period_end"],
        base_start=before["period_start"],
        base_end=before["period_end"],
        **{f"whole_{key}": value for key, value in whole.items()},
    )


def _check(parts: list[Row], metric_id: str, method: str, before: Row, after: Row) -> None:
    """Parts make up numerator and denominator of the whole, but for the last digit of what is divided
    before.
    """
    told = ["numerator"] + (["denominator"] if method in ("ratio", "term") else [])
    for figure, side in ((before, "base_"), (after, "")):
        for name in told:
            total = sum((part[side + name] for part in parts), Decimal(0))
            if abs(total - figure[name]) > LAST_DIGIT * max(len(parts), 1):
                raise NotDecomposableError(
                    f"{metric_id} is not decomposable for {figure['subject_type']}:{figure['subject_id']}: "
                    f"the published components sum to a {name} of {total.normalize():f}, "
                    f"not {figure[name].normalize():f}."
                )
