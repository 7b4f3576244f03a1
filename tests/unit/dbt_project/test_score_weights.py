"""By what a subject is scored, how much each item weighs, and how the scores of many lie."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pytest
from rendering import model

ALWAYS = (date(2026, 1, 1), date(9999, 12, 31))
TABLES = """
create schema library;
create table library.run_context as select date '2026-06-30' as as_of;
create table int_hr__company_root as select 'CO' as org_unit_id;
create table int_hr__org_unit as select * from (values
    ('CO', 'company', date '1900-01-01', date '9999-12-31'), ('T1', 'team', date '1900-01-01', date '9999-12-31')
) as units (org_unit_id, subject_type, valid_from, valid_to);
create table stg_library__goals as select * from (values
    ('G1', 'T1', 'active', date '2026-01-01', date '2027-01-01'), ('G2', 'T1', 'active', date '2026-01-01', date '2027-01-01'),
    ('G3', 'T1', 'draft', date '2026-01-01', date '2027-01-01')
) as goals (goal_id, org_unit_id, lifecycle_state, period_start_on, period_end_on);
create table stg_library__goal_metrics as select * from (values
    ('G1', 'orders', 60.00, 'core'), ('G1', 'csat', 40.00, 'core'), ('G2', 'csat', 100.00, 'core'),
    ('G2', 'reopen', null, 'gate'), ('G2', 'events', null, 'monitor'), ('G3', 'hires', 100.00, 'core')
) as measured (goal_id, metric_id, weight, score_role);
create table stg_library__metric_assignments (assignment_id varchar, score_role varchar);
create table int_strategy__carried_metric (
    assignment_id varchar, metric_id varchar, goal_id varchar, role varchar, weight decimal(5, 2), scope_org_unit_id varchar,
    subject_type varchar, subject_id varchar, share decimal(9, 6), is_resolved boolean, valid_from date, valid_to date
);
create table mart_attainment (
    metric_id varchar, subject_type varchar, subject_id varchar, period_grain varchar, period_start date, period_end date,
    target_id varchar, kind varchar, gate decimal(24, 6), target decimal(24, 6), lower_bound decimal(24, 6),
    upper_bound decimal(24, 6), value decimal(38, 10), attainment decimal(18, 6), expected_by_now decimal(24, 6),
    pace decimal(18, 6), state varchar, origin varchar, measured_type varchar, measured_id varchar
);
create table dim_metric (metric_id varchar, label varchar, name_zh varchar, direction varchar);
"""  # noqa: E501
APRIL = (date(2026, 4, 1), date(2026, 4, 30))


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        for name in ("int_strategy__score_weight", "int_strategy__score_item", "mart_scorecard_item"):
            connection.execute(f"create view {name} as {model(f'scorecards/{name}')}")
        yield connection


def carry(
    warehouse: duckdb.DuckDBPyConnection,
    metric: str,
    weight: object,
    subject: str,
    *,
    goal: str | None = None,
    scope: str = "T1",
    role: str = "owner",
    score_role: str | None = None,
    share: object = 1,
    follows: bool = False,
    held: tuple[date, date] = ALWAYS,
) -> None:
    """An assignment that a subject carries."""
    [(number,)] = warehouse.execute("select count(*) from stg_library__metric_assignments").fetchall()
    warehouse.execute("insert into stg_library__metric_assignments values (?, ?)", [f"A{number}", score_role])
    kind = "position" if subject.startswith("P") else "team" if subject.startswith("T") else "employee"
    warehouse.execute(
        "insert into int_strategy__carried_metric values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [f"A{number}", metric, goal, role, weight, scope, kind, subject, share, follows, *held],
    )


def attain(
    warehouse: duckdb.DuckDBPyConnection,
    metric: str,
    subject_type: str,
    subject: str,
    attainment: object,
    period: tuple[date, date] = APRIL,
    grain: str = "month",
    scope: str | None = None,
) -> None:
    """A closed period's attainment of a target of 100, that of a scope if one is named."""
    measured = ("scope", "team", scope) if scope else ("set", subject_type, subject)
    warehouse.execute(
        "insert into mart_attainment values "
        "(?, ?, ?, ?, ?, ?, ?, 'at_least', null, 100, null, null, ?, ?, 100, ?, 'ok', ?, ?, ?)",
        [
            metric,
            subject_type,
            subject,
            grain,
            *period,
            f"T-{metric}-{subject}",
            *[attainment] * 3,
            *measured,
        ],
    )


def items(warehouse: duckdb.DuckDBPyConnection, subject: str) -> dict[str, tuple]:
    """Weight, points and who is measured, by metric."""
    return {
        metric: rest
        for metric, *rest in map(
            list,
            warehouse.execute(
                "select metric_id, score_role, weight, points, measured_subject_id from mart_scorecard_item "
                "where subject_id = ? and period_grain = 'month' order by all",
                [subject],
            ).fetchall(),
        )
    }


def test_people_in_two_positions_are_weighed_by_their_shares(warehouse):
    carry(warehouse, "orders", 100, "E1", share=Decimal("0.6"), follows=True)
    carry(warehouse, "csat", 70, "E1", share=Decimal("0.4"), follows=True)
    carry(warehouse, "reopen", 30, "E1", share=Decimal("0.4"), follows=True)
    attain(warehouse, "orders", "employee", "E1", 1)
    attain(warehouse, "csat", "employee", "E1", Decimal("0.5"))
    attain(warehouse, "reopen", "employee", "E1", Decimal("0.5"))
    # 0.6 × 100, 0.4 × 70 and 0.4 × 30 of 100
    assert items(warehouse, "E1") == {
        "orders": ["core", 60, 60, "E1"], "csat": ["core", 28, 14, "E1"], "reopen": ["core", 12, 6, "E1"],
    }  # fmt: skip


def test_a_transfer_in_mid_period_weighs_by_days(warehouse):
    carry(warehouse, "orders", 100, "E1", follows=True, held=(ALWAYS[0], date(2026, 4, 11)))
    carry(warehouse, "csat", 100, "E1", follows=True, held=(date(2026, 4, 11), ALWAYS[1]))
    attain(warehouse, "orders", "employee", "E1", 1)
    # 10 of 30 days, and 20
    found = items(warehouse, "E1")
    assert found["orders"][1] == Decimal("33.333333")
    assert found["csat"] == ["core", Decimal("66.666667"), None, None]


def test_own_weights_stand_before_those_of_the_position_and_its_gates_stay(warehouse):
    carry(warehouse, "orders", 100, "E1", follows=True)
    carry(warehouse, "reopen", None, "E1", follows=True, goal="G2")
    carry(warehouse, "csat", 100, "E1", held=(date(2026, 4, 21), date(2026, 5, 1)))
    for metric in ("orders", "csat", "reopen"):
        attain(warehouse, metric, "employee", "E1", 1)
    found = items(warehouse, "E1")
    assert {metric: row[:2] for metric, row in found.items()} == {
        "orders": ["core", Decimal("66.666667")],
        "csat": ["core", Decimal("33.333333")],
        "reopen": ["gate", None],
    }


def test_a_carrier_without_a_target_of_his_own_is_measured_by_the_unit_he_answers_for(warehouse):
    carry(warehouse, "orders", 50, "P1")
    carry(warehouse, "csat", 50, "P1")
    attain(warehouse, "orders", "team", "T1", Decimal("0.9"))
    attain(warehouse, "csat", "team", "T1", Decimal("0.9"))
    attain(warehouse, "csat", "position", "P1", Decimal("0.5"))
    assert items(warehouse, "P1") == {"orders": ["core", 50, 45, "T1"], "csat": ["core", 50, 25, "P1"]}


def test_what_follows_from_one_scope_does_not_measure_another(warehouse):
    carry(warehouse, "orders", 60, "P1")
    carry(warehouse, "orders", 40, "P1", scope="CO")
    attain(warehouse, "orders", "position", "P1", Decimal("0.5"), scope="T1")
    attain(warehouse, "orders", "company", "CO", 1)
    found = warehouse.execute(
        "select scope_org_unit_id, measured_subject_id, points from mart_scorecard_item "
        "where subject_id = 'P1' order by all"
    ).fetchall()
    assert found == [("CO", "CO", 40), ("T1", "T1", 30)]


def test_who_merely_approves_or_is_informed_is_not_scored(warehouse):
    carry(warehouse, "orders", 100, "P1", role="approver")
    carry(warehouse, "csat", None, "P1")
    attain(warehouse, "orders", "team", "T1", 1)
    assert items(warehouse, "P1") == {}


def test_an_assignment_says_its_part_before_the_goal_does(warehouse):
    carry(warehouse, "reopen", 100, "P1", goal="G2", score_role="core")
    carry(warehouse, "csat", None, "P1", goal="G2", score_role="bonus")
    for metric in ("reopen", "csat"):
        attain(warehouse, metric, "team", "T1", Decimal("0.5"))
    assert items(warehouse, "P1") == {
        "reopen": ["core", 100, 50, "T1"],
        "csat": ["bonus", None, Decimal("2.5"), "T1"],
    }


def test_a_unit_is_scored_by_its_goals_each_with_the_same_weight(warehouse):
    for metric in ("orders", "csat", "reopen"):
        attain(warehouse, metric, "team", "T1", 1)
    # orders 60 of G1; csat 40 of G1 and 100 of G2; a draft and what is merely monitored do not count
    assert items(warehouse, "T1") == {
        "orders": ["core", 30, 30, "T1"],
        "csat": ["core", 70, 70, "T1"],
        "reopen": ["gate", None, None, "T1"],
    }


def test_what_is_assigned_to_the_unit_stands_before_its_goals(warehouse):
    carry(warehouse, "reopen", 100, "T1")
    attain(warehouse, "reopen", "team", "T1", 1)
    found = warehouse.execute("select metric_id, score_role from mart_scorecard_item order by all").fetchall()
    assert found == [("reopen", "core"), ("reopen", "gate")]


def test_there_is_a_scorecard_where_an_item_has_a_target(warehouse):
    carry(warehouse, "orders", 100, "P1", held=(date(2026, 4, 15), date(2026, 5, 1)))
    for month in (3, 4, 5):
        period = (date(2026, month, 1), date(2026, month, 30))
        attain(warehouse, "orders", "team", "T1", 1, period)
    attain(warehouse, "orders", "team", "T1", 1, (date(2026, 4, 27), date(2026, 5, 3)), "week")
    found = warehouse.execute(
        "select distinct period_start from mart_scorecard_item where subject_id = 'P1'"
    ).fetchall()
    assert found == [(date(2026, 4, 1),)]


DISTRIBUTION = """
create schema library;
create table library.run_context as select date '2026-06-30' as as_of;
create table int_hr__company_root as select 'CO' as org_unit_id;
create table int_hr__employment as
select 'E' || n as employee_id, date '2020-01-01' as started_on,
    case when n = 9 then date '2026-04-16' else date '9999-12-31' end as ended_on
from range(1, 11) as people (n);
create table mart_scorecard as
select 'employee' as subject_type, 'E' || n as subject_id, 'month' as period_grain, date '2026-04-01' as period_start,
    date '2026-04-30' as period_end, cast(score as decimal(9, 4)) as score, 'ok' as state
from (values (1, 90), (2, 92), (3, 94), (4, 96), (5, 98), (6, 60), (7, 70), (8, 80), (9, 40), (10, 80), (11, null)) as scores (n, score);
create table int_hr__employee_assignment as
select 'E' || n as employee_id, case when n <= 5 then 'T1' else 'T2' end as org_unit_id, date '2020-01-01' as valid_from,
    case when n = 9 then date '2026-04-16' else date '9999-12-31' end as valid_to
from range(1, 11) as people (n);
create table int_hr__org_closure as
select * from (
    values ('CO', 'company', 'T1', 1), ('CO', 'company', 'T2', 1), ('T1', 'team', 'T1', 0), ('T2', 'team', 'T2', 0)
) as units (ancestor_id, ancestor_type, descendant_id, distance),
    (select date '1900-01-01' as valid_from, date '9999-12-31' as valid_to);
create table int_hr__reporting_line as
select case when n < 4 then 'M2' else 'M1' end as manager_id, 'E' || n as employee_id, 1 as distance, date '1900-01-01' as valid_from,
    date '9999-12-31' as valid_to
from range(1, 9) as people (n);
"""  # noqa: E501


def test_how_scores_lie_by_unit_and_manager():
    with duckdb.connect() as connection:
        connection.execute(DISTRIBUTION)
        for name in ("scored_person", "scored_unit", "scored_line"):
            place = f"scorecards/int_strategy__{name}"
            connection.execute(f"create view int_strategy__{name} as {model(place)}")
        found = connection.execute(
            "select group_type, group_id, n, state, mean_score, median_score, stdev_score, leniency, "
            f"dispersion from ({model('scorecards/mart_score_distribution')}) order by all"
        ).fetchall()
    assert found == [
        ("company", "CO", 10, "ok", 80, 85, Decimal("18.6190"), 0, 1),
        ("manager", "M1", 5, "ok", *map(Decimal, ("80.8", "80", "16.4073", "0.8", "0.8812"))),
        ("manager", "M2", 3, "suppressed", None, None, None, None, None),
        ("team", "T1", 5, "ok", 94, 94, Decimal("3.1623"), 14, Decimal("0.1698")),
        ("team", "T2", 5, "ok", 66, 70, Decimal("16.7332"), -14, Decimal("0.8987")),
    ]  # fmt: skip
