"""Who carries a position's metric on a day is who holds the position on it, however HR's records are cut."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import model

START = date(2026, 1, 1)
DAYS = 40
SHARES = [Decimal("0.5"), Decimal("1")]

Segment = tuple[str, str, Decimal, int, int]


@st.composite
def holdings(draw: st.DrawFn) -> list[Segment]:
    """Per person and position, stretches that do not overlap: joiners, leavers, part-timers, returns."""
    found: list[Segment] = []
    for person in ("E1", "E2", "E3"):
        for position in ("P1", "P2"):
            cuts = sorted(draw(st.sets(st.integers(0, DAYS), max_size=5)))
            for begin, end in pairwise(cuts):
                if draw(st.booleans()):
                    found.append((person, position, draw(st.sampled_from(SHARES)), begin, end))
    return found


BOUND = st.none() | st.integers(0, DAYS)


def day(number: int | None) -> date | None:
    return None if number is None else START + timedelta(days=number)


@pytest.fixture(scope="module")
def warehouse() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        """
        create table stg_library__metric_assignments (
            assignment_id varchar, metric_id varchar, goal_id varchar, role varchar, score_role varchar,
            weight decimal(5, 2), effort_pct decimal(5, 2), scope_org_unit_id varchar, subject_type varchar,
            subject_id varchar, valid_from date, valid_to date
        );
        create table int_hr__org_unit (
            org_unit_id varchar, subject_type varchar, valid_from date, valid_to date
        );
        create table int_hr__position_version (position_id varchar, valid_from date, valid_to date);
        insert into int_hr__position_version values
            ('P1', '1900-01-01', '9999-12-31'), ('P2', '1900-01-01', '9999-12-31');
        create table int_hr__employment (employee_id varchar, started_on date, ended_on date);
        create table int_hr__employee_assignment (
            employee_id varchar, position_id varchar, fte_share decimal(5, 4), valid_from date, valid_to date
        );
        """
    )
    return connection


def carried(warehouse: duckdb.DuckDBPyConnection, held: list[Segment], start: int | None, end: int | None):
    warehouse.execute("delete from stg_library__metric_assignments; delete from int_hr__employee_assignment")
    warehouse.execute(
        "insert into stg_library__metric_assignments by name select 'A1' as assignment_id, "
        "'revenue' as metric_id, 'owner' as role, 'position' as subject_type, 'P1' as subject_id, "
        "cast(? as date) as valid_from, cast(? as date) as valid_to",
        [day(start), day(end)],
    )
    for person, position, share, begin, until in held:
        warehouse.execute(
            "insert into int_hr__employee_assignment values (?, ?, ?, ?, ?)",
            [person, position, share, day(begin), day(until)],
        )
    return warehouse.execute(
        f"select subject_id, share, valid_from, valid_to from ({model(MODEL)}) where is_resolved"
    ).fetchall()


MODEL = "responsibility/int_strategy__carried_metric"


@settings(max_examples=60, deadline=None)
@given(held=holdings(), start=BOUND, end=BOUND)
def test_carried_days_are_the_held_days_while_it_is_assigned(
    warehouse: duckdb.DuckDBPyConnection, held: list[Segment], start: int | None, end: int | None
) -> None:
    rows = carried(warehouse, held, start, end)
    by_day = Counter(
        (person, share, begin + timedelta(days=n))
        for person, share, begin, until in rows
        for n in range((until - begin).days)
    )
    expected = {
        (person, share, day(number))
        for person, position, share, begin, until in held
        for number in range(max(begin, start or 0), min(until, DAYS if end is None else end))
        if position == "P1"
    }

    assert set(by_day) == expected
    assert set(by_day.values()) <= {1}, "no day twice"


@settings(max_examples=30, deadline=None)
@given(held=holdings())
def test_a_new_interval_begins_only_where_the_share_changes_or_a_gap_was(
    warehouse: duckdb.DuckDBPyConnection, held: list[Segment]
) -> None:
    rows = carried(warehouse, held, None, None)
    ends = {(person, share, until) for person, share, _, until in rows}

    assert not [row for row in rows if (row[0], row[1], row[2]) in ends]
