"""Every metric of the sample company against plain SQL over its staged records."""

from datetime import date
from fractions import Fraction

import duckdb
import pytest
from metric_judge import FORMULAS, Judge

SUBJECT_TYPES = ("company", "department", "employee")
GRAINS = ("month", "quarter", "year")
# The engine keeps ten decimal places.
ROUNDING = Fraction(1, 10**9)

Place = tuple[str, str, str, date]


def published(marts: duckdb.DuckDBPyConnection, metric_id: str) -> dict[Place, Fraction | None]:
    """Figures of the engine; a suppressed one is there without its value."""
    rows = marts.execute(
        """
        select subject_type, subject_id, period_grain, period_start, value, state
        from marts.metric_value
        where metric_id = ? and subject_type in ? and period_grain in ? and state <> 'no_data'
        """,
        [metric_id, SUBJECT_TYPES, GRAINS],
    ).fetchall()
    states = {row[-1] for row in rows}
    assert states <= {"ok", "suppressed"}, states
    return {tuple(row[:4]): None if row[4] is None else Fraction(row[4]) for row in rows}


def scope_of(marts: duckdb.DuckDBPyConnection, metric_id: str) -> tuple[set[str], set[str]]:
    """Levels and grains at which a metric is published."""
    [(levels, grains)] = marts.execute(
        "select levels, grains from marts.dim_metric where metric_id = ?", [metric_id]
    ).fetchall()
    return set(levels.split(",")), set(grains.split(","))


def test_every_published_metric_has_a_judge(marts: duckdb.DuckDBPyConnection):
    rows = marts.execute("select metric_id from marts.dim_metric where state = 'ok'").fetchall()
    assert {metric for (metric,) in rows if not metric.startswith("exhibit_")} == set(FORMULAS)


@pytest.mark.parametrize("metric_id", sorted(FORMULAS))
def test_the_engine_and_the_judge_agree(marts: duckdb.DuckDBPyConnection, judge: Judge, metric_id: str):
    levels, grains = scope_of(marts, metric_id)
    expected = {
        place: value
        for place, value in judge.figures(metric_id).items()
        if place[0] in levels and place[2] in grains
    }
    found = published(marts, metric_id)
    assert found, "no figure at all"
    assert {place[0] for place in found} == levels & set(SUBJECT_TYPES)
    assert found.keys() == expected.keys()
    wrong = {
        place: (float(value), float(expected[place]))
        for place, value in found.items()
        if value is not None and abs(value - expected[place]) > ROUNDING * max(1, abs(expected[place]))
    }
    assert not wrong, dict(list(wrong.items())[:5])


def test_the_planted_definitions_are_held_out_and_nothing_else(marts: duckdb.DuckDBPyConnection):
    rows = marts.execute("select metric_id, state from marts.dim_metric where state <> 'ok'").fetchall()
    held_out = dict(rows)
    assert held_out.pop("code_volume_per_fte") == "not_computable", "a rejected definition is never computed"
    assert held_out.keys() == {
        "exhibit_cycle_load",
        "exhibit_cycle_capacity",
        "exhibit_unknown_measure",
        "exhibit_missing_dimension",
        "exhibit_no_zero_policy",
        "exhibit_unparsable",
    }
    assert set(held_out.values()) == {"error"}
