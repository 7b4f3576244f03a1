"""The dated organisation and the facts of the small company, worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest


def test_a_moved_team_rolls_up_to_each_department_in_its_time(query):
    rows = query(
        "select ancestor_id, ancestor_type, distance, valid_from, valid_to"
        " from intermediate.int_hr__org_closure where descendant_id = 'T' and distance > 0 order by all"
    )
    assert rows == [
        ("C", "company", 2, date(1900, 1, 1), date(2026, 3, 1)),
        ("C", "company", 2, date(2026, 3, 1), date(9999, 12, 31)),
        ("D1", "department", 1, date(1900, 1, 1), date(2026, 3, 1)),
        ("D2", "department", 1, date(2026, 3, 1), date(9999, 12, 31)),
    ]


def test_depth_decides_the_type_where_the_source_is_silent(query):
    rows = query(
        "select org_unit_id, subject_type, depth, path from core.dim_org_unit where is_current order by 1"
    )
    assert rows == [
        ("C", "company", 0, "C"),
        ("D1", "department", 1, "C/D1"),
        ("D2", "department", 1, "C/D2"),
        ("T", "department", 2, "C/D2/T"),
    ]


def test_a_manager_has_everybody_below_in_the_line(query):
    line = query(
        "select employee_id, distance from intermediate.int_hr__reporting_line where manager_id = 'boss'"
        " order by 2, 1"
    )
    assert line == [("boss", 0), ("ann", 1), ("cid", 1), ("bob", 2)]


def test_a_transfer_moves_the_person_on_its_day(query):
    rows = query(
        "select work_date, position_id, org_unit_id, fte, headcount from core.fct_workforce_daily"
        " where employee_id = 'ann' and work_date in ('2026-05-10', '2026-05-11', '2026-06-30') order by all"
    )
    assert rows == [
        (date(2026, 5, 10), "P1", "T", Decimal("1.0000"), 1),
        (date(2026, 5, 11), "P2", "D2", Decimal("1.0000"), 1),
        (date(2026, 6, 30), "P2", "D2", Decimal("0.7500"), 1),
        (date(2026, 6, 30), "P3", "C", Decimal("0.2500"), 0),
    ]


@pytest.mark.parametrize(
    ("day", "headcount", "fte"),
    [("2026-04-15", 4, "3.6000"), ("2026-04-16", 3, "2.6000"), ("2026-06-30", 4, "2.6000")],
)
def test_headcount_counts_people_and_fte_their_shares(query, day, headcount, fte):
    """Cid's open-ended assignment ends with his employment; Dee has no position and no known share."""
    assert query(
        f"select sum(headcount), sum(fte) from core.fct_workforce_daily where work_date = '{day}'"
    ) == [(headcount, Decimal(fte))]


def test_leaving_falls_on_the_last_day_when_the_position_still_holds(query):
    rows = query(
        "select event.event_type, event.event_on, assignment.position_id"
        " from core.fct_employment_event as event"
        " left join intermediate.int_hr__employee_assignment as assignment"
        " on event.employee_id = assignment.employee_id and event.event_on >= assignment.valid_from"
        " and event.event_on < assignment.valid_to where event.employee_id = 'cid' order by 2"
    )
    assert rows == [("hired", date(2026, 2, 1), "P1"), ("left", date(2026, 4, 15), "P1")]


def test_the_last_pay_is_dated_on_the_last_day_and_later_pay_keeps_its_month(query):
    rows = query(
        "select employee_id, paid_on, total_pay, workforce_cost from core.fct_payroll_monthly order by 1, 2"
    )
    assert rows == [
        (employee, day, Decimal("1050.0000"), Decimal("1250.0000"))
        for employee, day in [
            ("ann", date(2026, 3, 31)),
            ("cid", date(2026, 3, 31)),
            ("cid", date(2026, 4, 15)),
            ("cid", date(2026, 5, 31)),
        ]
    ]


def test_staging_takes_the_newest_load_and_drops_the_deleted(query):
    assert query("select training_id, hours from core.fct_training") == [("tr1", Decimal("3.00"))]


def test_orders_name_the_person_and_unit_that_hr_knows(query):
    rows = query(
        "select order_id, employee_id, source_employee_id, org_unit_id, ordered_on, segment"
        " from core.fct_order order by 1"
    )
    assert rows == [
        ("o1", "ann", "ann", None, date(2026, 5, 10), "industry"),
        ("o2", "ann", "ann", None, date(2026, 5, 11), None),
        ("o3", None, "ghost", None, date(2026, 5, 10), None),
        ("o4", None, None, "D1", date(2026, 5, 10), None),
        ("o5", "cid", "cid", None, date(2026, 4, 20), None),
    ]


def test_an_order_accepted_in_time_without_fault_is_perfect(query):
    order = query(
        "select is_on_time, is_perfect, cycle_hours, amount from core.fct_order where order_id = 'o1'"
    )
    assert order == [(True, True, Decimal("192.0000"), Decimal("100.0000"))]


def test_an_unknown_cost_has_no_margin(query):
    rows = query(
        "select order_line_id, margin, has_cost from core.fct_order_line"
        " where order_line_id < 'l3' order by 1"
    )
    assert rows == [("l1", Decimal("40.0000"), True), ("l2", None, False)]


def test_tickets_are_stated_or_derived(query):
    rows = query(
        "select ticket_id, employee_id, is_derived, is_first_contact_resolved, is_reopened, handling_hours"
        " from core.fct_ticket order by 1"
    )
    assert rows == [
        ("t1", "bob", False, True, False, Decimal("3.0000")),
        ("t2", None, True, None, True, Decimal("5.0000")),
    ]


def test_a_rating_that_names_nobody_belongs_to_the_handler(query):
    assert query("select employee_id, is_top_two_box, is_promoter from core.fct_satisfaction_rating") == [
        ("bob", True, None)
    ]


def test_what_cannot_be_attributed_is_counted(query):
    rows = query(
        "select reason, rows_count from marts.mart_unattributed"
        " where fact = 'fct_order' and counted_on = 'ordered_on' order by 1"
    )
    assert rows == [("no_person_named", 1), ("no_position_that_day", 1), ("person_unknown_to_hr", 1)]


def test_unknown_references_are_counted_by_column_and_id(query):
    rows = query(
        "select table_name, column_name, unknown_id, rows_count from marts.mart_reference_gap"
        " order by 1, 2, 3"
    )
    assert rows == [
        ("sales.orders", "account_id", "a9", 1),
        ("sales.orders", "employee_id", "ghost", 1),
        ("ticketing.ticket_events", "actor_id", "siebel", 2),
    ]


def test_nothing_personal_leaves_staging(query):
    columns = query(
        "select distinct column_name from information_schema.columns"
        " where table_schema in ('core', 'intermediate', 'marts')"
    )
    assert not {"full_name", "email", "birth_on", "gender"} & {name for (name,) in columns}


def test_the_ledger_is_dated_at_the_end_of_its_month(query):
    rows = query("select distinct posted_on, sum(total_expense) over () from core.fct_ledger_monthly")
    assert rows == [(date(2026, 5, 31), Decimal("500.0000"))]


def test_periods_begin_by_the_as_of_day_and_count_what_has_passed(query):
    """The calendar begins with March. Off: 6 April, 1, 4 and 5 May, 19 June; worked: Saturday 9 May."""
    rows = query(
        "select period_grain, period_start, period_end, is_complete, calendar_days, business_days, label_en"
        " from core.dim_period where last_day_on = '2026-06-30' and period_grain <> 'day' order by 1, 2"
    )
    assert rows == [
        ("month", date(2026, 6, 1), date(2026, 6, 30), True, 30, 21, "2026-06"),
        ("quarter", date(2026, 4, 1), date(2026, 6, 30), True, 91, 61, "2026-Q2"),
        ("rolling_3_months", date(2026, 4, 1), date(2026, 6, 30), True, 91, 61, "3 months to 2026-06"),
        ("rolling_4_weeks", date(2026, 6, 8), date(2026, 7, 5), False, 23, 16, "4 weeks to 2026-W27"),
        ("week", date(2026, 6, 29), date(2026, 7, 5), False, 2, 2, "2026-W27"),
        ("year", date(2026, 1, 1), date(2026, 12, 31), False, 122, 83, "2026"),
        ("ytd", date(2026, 1, 1), date(2026, 6, 30), True, 122, 83, "2026-06 YTD"),
    ]
