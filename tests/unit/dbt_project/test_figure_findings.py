"""Rules that judge by figures: targets that ask for nothing or too much, and people nobody talks with."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from rendering import VARIABLES, model

from planning.comparison import DEVIATIONS, FEWEST_MONTHS, record

AS_OF = date(2026, 6, 30)
MONTHS = [date(2025 + (n // 12), n % 12 + 1, 1) for n in range(18)]  # January 2025 to June 2026
TABLES = """
create schema library;
create table library.run_context as select date '2026-06-30' as as_of;
create table dim_period as
    select 'month' as period_grain, d::date as period_start, (d + interval 1 month)::date - 1 as period_end,
        (d + interval 1 month)::date - 1 <= date '2026-06-30' as is_complete,
        (d + interval 1 month)::date - d::date as calendar_days
    from generate_series(timestamp '2025-01-01', timestamp '2026-12-01', interval 1 month) as months (d);
create table metric_value (
    metric_id varchar, subject_type varchar, subject_id varchar, period_grain varchar, period_start date,
    period_end date, value decimal(38, 10)
);
create table int_strategy__target_set (
    target_id varchar, metric_id varchar, subject_type varchar, subject_id varchar, period_grain varchar,
    period_start date, period_end date, kind varchar, target decimal(24, 6)
);
create table stg_library__targets (
    target_id varchar, basis varchar, _source_file varchar, _source_row bigint
);
create table mart_attainment (
    metric_id varchar, subject_type varchar, subject_id varchar, period_grain varchar, period_start date,
    period_end date, origin varchar, state varchar, status varchar, attainment decimal(18, 6), zone varchar,
    stretch decimal(24, 6)
);
create table stg_library__goals (
    goal_id varchar, ambition varchar, lifecycle_state varchar, org_unit_id varchar, _source_file varchar,
    _source_row bigint
);
create table stg_library__goal_metrics (goal_id varchar, metric_id varchar, score_role varchar);
create table int_hr__company_root as select 'C' as org_unit_id;
create table stg_library__coaching_sessions (session_id varchar, employee_id varchar, held_on date);
create table stg_library__waivers (
    rule_id varchar, object_type varchar, object_id varchar, approver varchar, expires_on date
);
"""
MODELS = (
    "targets/int_strategy__target_record", "targets/int_strategy__easy_target",
    "targets/int_strategy__implausible_target", "targets/int_strategy__uncoached_person",
    "targets/mart_figure_finding",
)  # fmt: skip


class Company:
    """One seller U with a record of orders, in memory."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(TABLES)
        for place in MODELS:
            self.connection.execute(f"create view {place.partition('/')[2]} as {model(place)}")

    def put(self, table: str, **row: Any) -> None:
        marks = ", ".join(f"${name}" for name in row)
        self.connection.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", row)

    def figures(self, values: list[object]) -> None:
        """The newest months, up to June 2026; None is a month without a figure."""
        for month, value in zip(MONTHS[-len(values) :], values, strict=True):
            self.put("metric_value", value=value, **series(month))

    def target(self, amount: object, kind: str = "at_least", basis: str | None = None, **more: Any) -> None:
        """The target of July, line 7 of a file."""
        month = series(date(2026, 7, 1), **more)
        self.put("int_strategy__target_set", target_id="T7", kind=kind, target=amount, **month)
        self.put("stg_library__targets", target_id="T7", basis=basis, _source_file="t.csv", _source_row=7)

    def attained(self, shares: list[str | None], **more: Any) -> None:
        """Attainment of the newest months; None is a month without a figure."""
        for month, share in zip(MONTHS[-len(shares) :], shares, strict=True):
            told = {"origin": "set", "attainment": share, "state": "no_data" if share is None else "ok"}
            self.put("mart_attainment", **{**series(month), **told, **more})

    def findings(self) -> list[dict[str, Any]]:
        cursor = self.connection.execute("from mart_figure_finding order by all")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def series(month: date, **more: Any) -> dict[str, Any]:
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return {
        "metric_id": "orders", "subject_type": "employee", "subject_id": "U", "period_grain": "month",
        "period_start": month, "period_end": last, **more,
    }  # fmt: skip


@pytest.fixture
def company() -> Iterator[Company]:
    found = Company()
    yield found
    found.connection.close()


def test_a_target_always_reached_that_asks_for_the_usual(company):
    company.figures([8, 9, 10, 11, 12, 13])
    company.attained(["1.2", "1.05", "1.1", "1"])
    company.target(10)
    [found] = company.findings()
    assert (found["rule_id"], found["object_id"], found["file"], found["line"]) == (
        "TGT-07",
        "T7",
        "t.csv",
        7,
    )
    assert (found["severity"], found["period_start"]) == ("warning", date(2026, 7, 1))
    assert found["message"] == (
        "`orders` of U reached its target in each of the last 4 months (100.00 % at least), and T7 asks for "
        "10, no more than the median of 6 months so far, 10.5; ask for more, or say in a waiver why not"
    )
    assert "4 个周期" in found["message_zh"]


@pytest.mark.parametrize(
    ("shares", "target", "kind", "is_found"),
    [
        (["1.2", "1.1", "1", "1"], 11, "at_least", False),  # asks for more than the median
        (["1.2", "1.1", "0.99", "1"], 10, "at_least", False),  # missed once
        (["1.2", "1.1", None, "1"], 10, "at_least", False),  # a month without a figure was not reached
        (["1.1", "1", "1"], 10, "at_least", False),  # too few periods
        (["0.2", "1.2", "1.1", "1", "1"], 10, "at_least", True),  # missed long ago
        (["1", "1", "1", "1"], 11, "at_most", True),  # a limit that leaves more room than is used
        (["1", "1", "1", "1"], 10, "at_most", False),
        (["1", "1", "1", "1"], 10, "within", False),
    ],
)
def test_when_a_target_is_too_easy(company, shares, target, kind, is_found):
    company.figures([8, 9, 10, 11, 12, 13])
    company.attained(shares)
    company.target(target, kind, basis="stated")
    assert [one["rule_id"] for one in company.findings()] == ["TGT-07"] * is_found


def test_no_median_of_five_months(company):
    company.figures([None, 9, 10, 11, 12, 13])
    company.attained(["1"] * 4)
    company.target(5)
    assert company.findings() == []


@pytest.mark.parametrize(
    ("stretch", "zone", "ambition", "is_found"),
    [
        (None, "target", "stretch", True),
        (120, "target", "stretch", False),  # the stretch level itself was not reached
        (120, "stretch", "stretch", True),
        (None, "target", "commit", False),
    ],
)
def test_a_stretch_goal_that_is_always_reached(company, stretch, zone, ambition, is_found):
    place = {"subject_type": "team", "subject_id": "T", "zone": zone, "stretch": stretch}
    company.attained(["1", "1.04", "1.3", "1.1"], **place)
    company.put("stg_library__goal_metrics", goal_id="G", metric_id="orders", score_role="core")
    company.put(
        "stg_library__goals", goal_id="G", ambition=ambition, lifecycle_state="active", org_unit_id="T",
        _source_file="g.csv", _source_row=3,
    )  # fmt: skip
    found = [
        (one["rule_id"], one["object_type"], one["object_id"], one["line"]) for one in company.findings()
    ]
    assert found == [("TGT-07", "goal", "G", 3)] * is_found


def test_a_target_beyond_the_record_without_a_basis(company):
    values = [100, 104, 98, 120, 96, 110, 102, 99]
    limit = record([Decimal(value) for value in values]).limit
    company.figures(values)
    company.target(limit + 1)
    [found] = company.findings()
    # 96 98 99 100 102 104 110 120: the 95th percentile is 116.5, the median deviation from 101 is 3.
    assert limit == Decimal("116.5") + 3 * Decimal(3)
    assert (found["rule_id"], found["object_id"], found["line"]) == ("TGT-08", "T7", 7)
    assert found["message"] == (
        "T7 asks for 126.5 of `orders`, beyond 125.5: the 95th percentile of 8 months so far, 116.5, plus 3 "
        "median deviations of 3; say in `basis` what it rests on, or correct it"
    )


@pytest.mark.parametrize(
    ("target", "kind", "basis", "is_found"),
    [
        ("125.5", "at_least", None, False),  # no more than is plausible
        ("126", "at_least", " ", True),
        ("126", "at_least", "A customer of that size has signed.", False),
        ("50", "at_least", None, False),
        ("87", "at_most", None, True),  # 5th percentile 96.7 less 9
        ("88", "at_most", None, False),
        ("500", "maintain", None, False),
    ],
)
def test_when_a_target_is_implausible(company, target, kind, basis, is_found):
    company.figures([100, 104, 98, 120, 96, 110, 102, 99])
    company.target(target, kind, basis)
    assert [one["rule_id"] for one in company.findings()] == ["TGT-08"] * is_found


def test_five_months_are_no_record(company):
    company.figures([100, 100, 100, 100, 100])
    company.target(1000)
    assert company.findings() == []


def test_plans_and_findings_judge_alike():
    assert (VARIABLES["target_record_periods"], VARIABLES["target_record_deviations"]) == (
        FEWEST_MONTHS,
        DEVIATIONS,
    )


def test_somebody_off_track_with_whom_nobody_talked(company):
    company.attained(["0.4"], status="off_track", origin="position")
    company.attained(["0.7"], status="off_track", metric_id="visits")
    company.put("stg_library__coaching_sessions", session_id="S", employee_id="V", held_on=AS_OF)
    [found] = company.findings()
    assert (found["rule_id"], found["severity"], found["object_id"]) == ("REV-04", "info", "U")
    assert found["message"] == (
        "U was off track in 2 target(s) of the month from 2026-06-01 (orders, visits; the lowest attainment "
        "is 40.00 %), and no talk since that day is on record; talk, and put it down in coaching_sessions"
    )


@pytest.mark.parametrize(
    ("coached", "held_on", "status", "shares", "is_found"),
    [
        ("U", date(2026, 6, 1), "off_track", ["0.4"], False),
        ("U", date(2026, 5, 31), "off_track", ["0.4"], True),  # before the month began
        ("U", date(2026, 7, 1), "off_track", ["0.4"], True),  # planned for a day to come
        ("V", date(2026, 6, 9), "at_risk", ["0.95"], False),
        ("V", date(2026, 6, 9), "off_track", ["0.4", None], False),  # May is over, June has no figure
        (None, None, "off_track", ["0.4"], False),  # nobody puts down talks here
    ],
)
def test_who_needs_a_talk(company, coached, held_on, status, shares, is_found):
    company.attained(shares, status=status)
    if coached:
        company.put("stg_library__coaching_sessions", session_id="S", employee_id=coached, held_on=held_on)
    assert [one["rule_id"] for one in company.findings()] == ["REV-04"] * is_found


@pytest.mark.parametrize(
    ("object_id", "expires_on", "waived_by"),
    [
        ("T7", date(2026, 7, 1), "POS"),
        ("*", date(2026, 7, 1), "POS"),
        ("T7", AS_OF, None),  # a waiver ends with the day before
        ("T8", date(2026, 7, 1), None),
    ],
)
def test_a_finding_can_be_waived(company, object_id, expires_on, waived_by):
    company.figures([100] * 6)
    company.target(1000)
    company.put(
        "stg_library__waivers", rule_id="TGT-08", object_type="target", object_id=object_id,
        approver="POS", expires_on=expires_on,
    )  # fmt: skip
    assert [one["waived_by"] for one in company.findings()] == [waived_by]
