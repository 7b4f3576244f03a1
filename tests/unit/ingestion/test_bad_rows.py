"""Bad rows stay out, each with its reason, file, row number and text; the rest of the file lands."""

from datetime import date
from decimal import Decimal

import pytest

from ingestion.quarantine import REASONS

EMPLOYEES, PAYROLL, LINES = "hr.employees", "hr.payroll_monthly", "sales.order_lines"


def reasons(company, table):
    return {row["_source_row"]: row["_reason"] for row in company.quarantined(table)}


def test_row_with_too_few_or_too_many_fields(company):
    company.map(EMPLOYEES, {"path": "staff.csv"})
    company.write("staff.csv", "employee_id,full_name\nE1,Li\nE2\nE3,Wu,Fang\nE4,Hu\n")
    load = company.land(EMPLOYEES)
    assert load.reasons == {"ragged_row": 2}
    assert set(company.newest(EMPLOYEES)) == {("E1", None), ("E4", None)}
    assert [(row["_source_row"], row["_source_text"]) for row in company.quarantined(EMPLOYEES)] == [
        (3, "E2"),
        (4, "E3,Wu,Fang"),
    ]


def test_json_line_that_is_no_record(company):
    company.map(EMPLOYEES, {"path": "staff.jsonl"})
    company.write("staff.jsonl", '{"employee_id": "E1"}\n{"employee_id": \n[1, 2]\n{"employee_id": "E2"}\n')
    assert company.land(EMPLOYEES).rows_landed == 2
    assert reasons(company, EMPLOYEES) == {2: "unreadable_row", 3: "unreadable_row"}


def test_null_key(company):
    company.map(EMPLOYEES, {"path": "staff.csv"})
    company.write("staff.csv", "employee_id,full_name\n,Li\n  ,Wu\nE1,Hu\n")
    assert company.land(EMPLOYEES).reasons == {"null_key": 2}


def test_a_key_column_that_may_be_empty_may_be_empty(company):
    company.map(EMPLOYEES, {"path": "staff.csv"})
    company.write("staff.csv", "employee_id,valid_from\nE1,\nE1,2024-01-01\n")
    company.land(EMPLOYEES)
    assert set(company.newest(EMPLOYEES)) == {("E1", None), ("E1", date(2024, 1, 1))}


def test_missing_value(company):
    company.map("hr.org_units", {"path": "units.csv"})
    company.write("units.csv", "org_unit_id,name\nU1,Sales\nU2,\n")
    assert company.land("hr.org_units").reasons == {"missing_value": 1}


def test_repeated_key_with_different_content_and_nothing_to_order_them(company):
    company.map("ticketing.sla_policies", {"path": "sla.csv"})
    header = "policy_id,priority,first_response_minutes\n"
    company.write("sla.csv", header + "P1,high,1\nP2,normal,8\nP1,high,2\nP2,normal,8\n")
    load = company.land("ticketing.sla_policies")
    # P2 stands twice alike: one of them is an exact duplicate. Which P1 is right nobody can say.
    assert load.reasons == {"repeated_key": 2}
    assert (load.rows_read, load.rows_landed, load.rows_duplicate) == (4, 1, 1)
    assert reasons(company, "ticketing.sla_policies") == {2: "repeated_key", 4: "repeated_key"}


def test_repeated_key_with_versions_lands_both(company):
    company.map(EMPLOYEES, {"path": "staff.csv"})
    header = "employee_id,full_name,updated_at\n"
    rows = "E1,Wu,2024-03-01 00:00:00\nE1,Li,2024-01-01 00:00:00\n"
    company.write("staff.csv", header + rows)
    assert company.land(EMPLOYEES).rows_landed == 2
    assert company.newest(EMPLOYEES)["E1", None]["full_name"] == "Wu"


def test_repeated_key_with_the_same_version_twice(company):
    company.map(EMPLOYEES, {"path": "staff.csv"})
    header = "employee_id,full_name,updated_at\n"
    rows = "E1,Wu,2024-03-01 00:00:00\nE1,Li,2024-03-01 00:00:00\n"
    company.write("staff.csv", header + rows)
    assert company.land(EMPLOYEES).reasons == {"repeated_key": 2}


@pytest.fixture
def dated(company):
    """Staff whose day of hire is written day first."""
    company.map(
        EMPLOYEES,
        {
            "path": "staff.csv",
            "columns": {"employee_id": "no", "hired_on": {"from": "start", "parse": "%d/%m/%Y"}},
        },
    )
    return company


def test_unparsable_dates(dated):
    dated.write(
        "staff.csv",
        "no,start\nE1,31/12/2024\nE2,31/02/2024\nE3,2024-12-31\nE4,12/31/2024\nE5,soon\nE6,1/2/24\n",
    )
    assert dated.land(EMPLOYEES).reasons == {"unparsable_date": 5}
    assert dated.newest(EMPLOYEES)["E1", None]["hired_on"] == date(2024, 12, 31)
    details = {row["_source_row"]: row["_detail"] for row in dated.quarantined(EMPLOYEES)}
    assert details[3] == "hired_on: '31/02/2024': not a date in the format given"


def test_without_a_format_only_iso_dates_are_dates(company):
    company.map(EMPLOYEES, {"path": "staff.csv"})
    company.write(
        "staff.csv",
        "employee_id,hired_on\nE1,2024-05-06\nE2,05/06/2024\nE3,20240506\nE4,2024-05-06 00:00:00\n",
    )
    assert company.land(EMPLOYEES).reasons == {"unparsable_date": 2}
    assert company.newest(EMPLOYEES)["E4", None]["hired_on"] == date(2024, 5, 6)


def test_a_date_that_two_formats_read_differently_is_ambiguous(dated):
    dated.tables[EMPLOYEES]["columns"]["hired_on"]["parse"] = ["%d/%m/%Y", "%m/%d/%Y"]
    dated.write("staff.csv", "no,start\nE1,31/12/2024\nE2,12/31/2024\nE3,05/06/2024\nE4,07/07/2024\n")
    assert dated.land(EMPLOYEES).reasons == {"ambiguous_date": 1}
    hired = {key[0]: row["hired_on"] for key, row in dated.newest(EMPLOYEES).items()}
    assert hired == {"E1": date(2024, 12, 31), "E2": date(2024, 12, 31), "E4": date(2024, 7, 7)}


def test_a_time_that_the_clock_shows_twice_or_never(company):
    company.map(EMPLOYEES, {"path": "staff.csv", "time_zone": "Europe/Berlin"})
    rows = (
        "E1,2024-03-31 02:30:00\nE2,2024-10-27 02:30:00\n"
        "E3,2024-07-01 12:00:00\nE4,2024-10-27 02:30:00+01:00\n"
    )
    company.write("staff.csv", "employee_id,updated_at\n" + rows)
    assert company.land(EMPLOYEES).reasons == {"ambiguous_time": 2}
    assert {key[0] for key in company.newest(EMPLOYEES)} == {"E3", "E4"}


@pytest.fixture
def payroll(company):
    company.map(EMPLOYEES, {"rows": [{"employee_id": "E1"}]})
    company.map(PAYROLL, {"path": "pay.csv"})
    return company


@pytest.mark.parametrize(
    ("pay", "reason"),
    [
        ("1e5", "unparsable_number"),
        ("1,000.00", "unparsable_number"),
        ("abc", "unparsable_number"),
        ("12.345", "too_many_decimals"),
        ("99999999999999999.00", "overflow"),
        ("9" * 60, "overflow"),
    ],
)
def test_numbers(payroll, pay, reason):
    payroll.write("pay.csv", f'employee_id,month_on,base_pay\nE1,2024-01-01,"{pay}"\nE1,2024-02-01,1234.5\n')
    assert payroll.land(PAYROLL).reasons == {reason: 1}
    (row,) = payroll.newest(PAYROLL).values()
    assert row["base_pay"] == Decimal("1234.50")


def test_integer_overflow(company):
    company.map("hr.positions", {"path": "positions.csv"})
    company.map("hr.org_units", {"rows": [{"org_unit_id": "U1", "name": "Sales"}]})
    header = "position_id,title,org_unit_id,headcount_plan\n"
    company.write("positions.csv", header + f"P1,Rep,U1,{2**63}\nP2,Rep,U1,3.0\nP3,Rep,U1,3.5\n")
    load = company.land("hr.positions")
    assert load.reasons == {"overflow": 1, "unparsable_number": 1}
    assert company.newest("hr.positions")["P2", None]["headcount_plan"] == 3


def test_value_that_is_not_allowed_and_value_out_of_range(company):
    company.map(EMPLOYEES, {"path": "staff.csv"})
    company.map("hr.positions", {"rows": [{"position_id": "P1", "title": "Rep", "org_unit_id": "U1"}]})
    company.map("hr.org_units", {"rows": [{"org_unit_id": "U1", "name": "Sales"}]})
    company.map("hr.employee_positions", {"path": "held.csv"})
    company.write("staff.csv", "employee_id,employment_type\nE1,permanent\nE2,boss\n")
    header = "employee_id,position_id,valid_from,fte_share\n"
    company.write("held.csv", header + "E1,P1,2024-01-01,1.0\nE1,P1,2024-02-01,1.6\nE1,P1,2024-03-01,-1\n")
    nights = company.night()
    assert nights[EMPLOYEES].loads_new[0].reasons == {"not_allowed": 1}
    assert nights["hr.employee_positions"].loads_new[0].reasons == {"out_of_range": 2}


def test_unmapped_word(company):
    how = {"from": "kind", "map": {"VAST": "permanent", "TIJD": "fixed_term"}}
    company.map(EMPLOYEES, {"path": "staff.csv", "columns": {"employee_id": "no", "employment_type": how}})
    company.write("staff.csv", "no,kind\nE1,VAST\nE2,STAGE\nE3,\n")
    assert company.land(EMPLOYEES).reasons == {"unmapped_value": 1}
    assert company.newest(EMPLOYEES)["E3", None]["employment_type"] is None


def test_not_a_boolean(company):
    company.map(EMPLOYEES, {"rows": [{"employee_id": "E1"}]})
    company.map("hr.positions", {"rows": [{"position_id": "P1", "title": "Rep", "org_unit_id": "U1"}]})
    company.map("hr.org_units", {"rows": [{"org_unit_id": "U1", "name": "Sales"}]})
    company.map("hr.employee_positions", {"path": "held.csv"})
    header = "employee_id,position_id,valid_from,fte_share,is_primary\n"
    company.write("held.csv", header + "E1,P1,2024-01-01,1,TRUE\nE1,P1,2024-02-01,1,yes\n")
    assert company.night()["hr.employee_positions"].loads_new[0].reasons == {"unparsable_boolean": 1}


def test_a_row_with_several_faults_is_counted_once_and_says_them_all(payroll):
    payroll.write("pay.csv", "employee_id,month_on,base_pay\n,2024-13-01,x\n")
    load = payroll.land(PAYROLL)
    assert (load.rows_read, load.rows_quarantined) == (1, 1)
    (row,) = payroll.quarantined(PAYROLL)
    assert row["_reason"] == "null_key"
    for part in ("employee_id", "month_on: '2024-13-01'", "base_pay: 'x'"):
        assert part in row["_detail"]
    assert (row["employee_id"], row["month_on"], row["base_pay"]) == (None, "2024-13-01", "x")


def test_quarantine_keeps_the_text_that_null_tokens_hide(company):
    company.map(EMPLOYEES, {"path": "staff.csv", "nulls": ["n/a"]})
    company.write("staff.csv", "employee_id,full_name\nn/a,Li\n")
    company.land(EMPLOYEES)
    (row,) = company.quarantined(EMPLOYEES)
    assert (row["employee_id"], row["_reason"], row["_source_file"]) == ("n/a", "null_key", "staff.csv")


def test_every_reason_is_said_in_both_languages():
    assert all(english and chinese for english, chinese in REASONS.values())
