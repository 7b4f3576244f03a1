"""What the holders of a position have of its target: by months and days held, FTE and places; parts "
"sum to the whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import model

YEAR, AS_OF = date(2026, 1, 1), date(2026, 9, 30)
ENDLESS = date(9999, 12, 31)
TABLES = """
create schema library;
create table library.run_context as select date '2026-09-30' as as_of;
create table library.metric (metric_id varchar, additivity varchar);
insert into library.metric values ('orders', 'additive'), ('rate', 'ratio');
create table library.metric_level as select metric_id, 'employee' as subject_type from library.metric;
create table dim_date as
    select d::date as date_day, date_trunc('month', d)::date as month_start_on
    from generate_series(date '2025-01-01', date '2026-12-31', interval 1 day) as days (d);
create table int_hr__employee_assignment (
    employee_id varchar, position_id varchar, fte_share decimal(9, 6), valid_from date, valid_to date
);
create table int_hr__position_version (
    position_id varchar, headcount_plan integer, valid_from date, valid_to date
);
create table int_strategy__target_set (
    target_id varchar, metric_id varchar, subject_type varchar, subject_id varchar, period_grain varchar,
    period_start date, period_end date, revision bigint, kind varchar, baseline decimal(24, 6),
    gate decimal(24, 6), commit decimal(24, 6), target decimal(24, 6), stretch decimal(24, 6),
    lower_bound decimal(24, 6), upper_bound decimal(24, 6), allocation_method varchar,
    parent_target_id varchar, judged_on date
);
create table int_strategy__target_parent (
    target_id varchar, parent_target_id varchar, parent_found_by varchar
);
create table int_strategy__carried_figure (
    metric_id varchar, subject_type varchar, subject_id varchar, weight decimal(5, 2), accumulates boolean,
    answers_for_scope boolean, scope_id varchar, measured_type varchar, measured_id varchar,
    valid_from date, valid_to date
);
"""
Held = tuple[str, object, date, date]


class Position:
    """One position with a target, in memory."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(TABLES)
        self.parts = model("targets/int_strategy__position_target_part")
        self.targets = model("targets/int_strategy__target")

    def rows(
        self,
        held: list[Held],
        amount: object,
        *,
        plan: int | None = None,
        metric: str = "orders",
        grain: str = "year",
        period: tuple[date, date] = (YEAR, date(2026, 12, 31)),
    ) -> dict[str, tuple[Decimal, Decimal, Decimal | None]]:
        """Who has which target, what share of the period he holds, and what of it is due."""
        run = self.connection.execute
        for table in ("int_hr__employee_assignment", "int_hr__position_version", "int_strategy__target_set"):
            run(f"delete from {table}")
        if held:
            self.connection.executemany(
                "insert into int_hr__employee_assignment values ($1, 'P', $2, $3, $4)", held
            )
        run("insert into int_hr__position_version values ('P', ?, date '1900-01-01', ?)", [plan, ENDLESS])
        run(
            "insert into int_strategy__target_set (target_id, metric_id, subject_type, subject_id, "
            "period_grain, period_start, period_end, revision, kind, target, stretch, judged_on) "
            "values ('T', $1, 'position', 'P', $2, $3, $4, 1, 'at_least', $5, $5, least($4, $6))",
            [metric, grain, *period, Decimal(str(amount)), AS_OF],
        )
        run(f"create or replace table int_strategy__position_target_part as {self.parts}")
        found = run(
            f"""
            select t.subject_id, t.target, p.held_share, t.due_share from ({self.targets}) as t
            inner join int_strategy__position_target_part as p on t.subject_id = p.employee_id
            where t.origin = 'position'
            """
        ).fetchall()
        return {person: rest for person, *rest in found}

    def add_position(self, share: float, since: date) -> None:
        """E1 holds position Q too, which has a target of 240 for the year."""
        run = self.connection.execute
        run("insert into int_hr__employee_assignment values ('E1', 'Q', ?, ?, ?)", [share, since, ENDLESS])
        run(
            "insert into int_strategy__target_set (target_id, metric_id, subject_type, subject_id, "
            "period_grain, period_start, period_end, revision, kind, target, judged_on) values ('TQ', "
            "'orders', 'position', 'Q', 'year', ?, date '2026-12-31', 1, 'at_least', 240, ?)",
            [YEAR, AS_OF],
        )
        run(f"create or replace table int_strategy__position_target_part as {self.parts}")

    def amounts(self, held: list[Held], amount: object, **settings: object) -> dict[str, Decimal]:
        """Who has which target."""
        return {person: row[0] for person, row in self.rows(held, amount, **settings).items()}


@pytest.fixture(scope="module")
def position() -> Iterator[Position]:
    found = Position()
    yield found
    found.connection.close()


def test_joiner_in_the_middle_of_the_year_has_half(position: Position) -> None:
    """120 for the year, joined on 1 July, by calendar months: 60; the place was empty before."""
    assert position.amounts([("E1", 1, date(2026, 7, 1), ENDLESS)], 120) == {"E1": 60}


def test_joiner_within_a_month_has_its_days(position: Position) -> None:
    """From 16 April: 15 of 30 days, then eight months."""
    assert position.amounts([("E1", 1, date(2026, 4, 16), ENDLESS)], 120) == {"E1": 85}


def test_leaver_and_successor(position: Position) -> None:
    held = [("E1", 1, YEAR, date(2026, 4, 1)), ("E2", 1, date(2026, 4, 1), ENDLESS)]
    rows = position.rows(held, 120)
    assert {person: row[0] for person, row in rows.items()} == {"E1": 30, "E2": 90}
    # On 30 September the leaver owes all of his part, the successor six months of nine.
    assert [rows["E1"][2], rows["E2"][2]] == [1, Decimal("0.6666666667")]


def test_transfer_with_an_overlap_leaves_nothing_over(position: Position) -> None:
    """Both were there in June: thirteen months are held, and 120 is shared by them."""
    held = [("E1", 1, YEAR, date(2026, 7, 1)), ("E2", 1, date(2026, 6, 1), ENDLESS)]
    assert position.amounts(held, 120) == {"E1": Decimal("55.384615"), "E2": Decimal("64.615385")}


def test_transfer_brings_the_parts_of_both_positions(position: Position) -> None:
    """Half a year of 120 here and half a year of 240 there: 60 + 120 is the year of who was transferred."""
    position.rows([("E1", 1, YEAR, date(2026, 7, 1))], 120)
    run = position.connection.execute
    run("insert into int_hr__position_version values ('Q', 1, date '1900-01-01', ?)", [ENDLESS])
    position.add_position(1, date(2026, 7, 1))
    found = run(f"select target, due_share from ({position.targets}) where origin = 'position'").fetchall()
    # Until 30 September: all of the 60, and three of the six months of the 120.
    assert found == [(180, Decimal("0.6666666667"))]


def test_parts_of_two_positions_hang_below_each_of_them(position: Position) -> None:
    """Half of E1's time is P's, which E2 holds too, half Q's: 40 of 120 and half a place of 240."""
    position.rows([("E1", Decimal("0.5"), YEAR, ENDLESS), ("E2", 1, YEAR, ENDLESS)], 120)
    run = position.connection.execute
    position.add_position(0.5, YEAR)
    run(f"create or replace table int_strategy__target as {position.targets}")
    cascade = model("targets/mart_target_cascade")
    below = run(
        "select subject_id, target, parent_target_id, part_of_parent, round(share_of_parent, 4) "
        f"from ({cascade}) where origin = 'position' order by all"
    ).fetchall()
    assert below == [
        ("E1", 160, "T", 40, Decimal("0.3333")),
        ("E1", 160, "TQ", 120, Decimal("0.5")),
        ("E2", 80, "T", 80, Decimal("0.6667")),
    ]
    whole = run(
        f"select target_id, children, children_sum, over_allocated, children_tie from ({cascade}) "
        "where origin = 'set' order by all"
    ).fetchall()
    assert whole == [("T", 2, 120, 0, True), ("TQ", 1, 120, -120, False)]


def test_part_timer_beside_a_full_timer(position: Position) -> None:
    held = [("E1", 1, YEAR, ENDLESS), ("E2", Decimal("0.5"), YEAR, ENDLESS)]
    assert position.amounts(held, 120) == {"E1": 80, "E2": 40}


def test_planned_place_that_nobody_holds_keeps_its_part(position: Position) -> None:
    held = [("E1", 1, YEAR, ENDLESS), ("E2", 1, date(2026, 7, 1), ENDLESS)]
    assert position.amounts(held, 120, plan=2) == {"E1": 60, "E2": 30}
    assert position.amounts(held, 120) == {"E1": 80, "E2": 40}


def test_rate_is_handed_down_whole(position: Position) -> None:
    held = [("E1", Decimal("0.5"), YEAR, ENDLESS), ("E2", 1, date(2026, 7, 1), ENDLESS)]
    assert position.amounts(held, "0.9", metric="rate") == {"E1": Decimal("0.9"), "E2": Decimal("0.9")}


def test_month_and_week_by_days(position: Position) -> None:
    held = [("E1", 1, date(2026, 4, 16), ENDLESS)]
    april = (date(2026, 4, 1), date(2026, 4, 30))
    assert position.amounts(held, 30, grain="month", period=april) == {"E1": 15}
    week = (date(2026, 4, 13), date(2026, 4, 19))
    assert position.amounts(held, 7, grain="week", period=week) == {"E1": 4}


@st.composite
def holders(draw: st.DrawFn) -> list[Held]:
    """Joiners, leavers, part-timers and people who come back, in any pattern."""
    found: list[Held] = []
    for number in range(draw(st.integers(1, 6))):
        day = draw(st.integers(-40, 364))
        for _ in range(draw(st.integers(1, 2))):
            length = draw(st.integers(1, 300))
            start = YEAR + timedelta(days=day)
            share = draw(st.sampled_from([Decimal(1), Decimal("0.5"), Decimal("0.8"), Decimal("0.333333")]))
            found.append((f"E{number}", share, start, start + timedelta(days=length)))
            day += length + draw(st.integers(0, 60))
    return found


@settings(max_examples=60, deadline=None)
@given(holders(), st.decimals(-1_000_000, 1_000_000, places=6), st.sampled_from([None, 0, 1]))
def test_parts_sum_to_the_whole(
    position: Position, held: list[Held], amount: Decimal, plan: int | None
) -> None:
    """Where no place stays empty the parts are the whole to the last digit; else what is left is the share of
    the empty places.
    """
    rows = position.rows(held, amount, plan=plan)
    shares = sum(row[1] for row in rows.values())
    total = sum(row[0] for row in rows.values())
    if rows and shares >= (1 if plan is None else plan):
        assert total == amount
    else:
        assert float(total) == pytest.approx(float(amount * shares), abs=1e-4 + abs(float(amount)) * 1e-8)
    assert all(row[0] * amount >= 0 for row in rows.values())
    assert all(row[2] is None or 0 <= row[2] <= 1 for row in rows.values())
