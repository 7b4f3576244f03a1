"""What a profile can say about columns and rows, seen in what lands."""

from datetime import date, datetime
from decimal import Decimal

import pytest

EMPLOYEES, PAYROLL, EVENTS = "hr.employees", "hr.payroll_monthly", "ticketing.ticket_events"


def test_rename_constant_expression_and_case(company):
    columns = {
        "employee_id": {"from": "Staff No", "case": "upper"},
        "full_name": {"sql": "\"Family\" || ' ' || Given"},
        "employment_type": {"value": "permanent"},
        "hired_on": {"sql": "CASE WHEN CAST(Years AS INT) > 2 THEN '2020-01-01' END"},
    }
    company.map(EMPLOYEES, {"path": "staff.csv", "columns": columns})
    company.write("staff.csv", "Staff No,Family,Given,Years\n e1 ,Li,Na,3\nE2,Wu,Fang,1\n")
    company.land(EMPLOYEES)
    rows = company.newest(EMPLOYEES)
    first, second = rows["E1", None], rows["E2", None]
    assert (first["full_name"], first["employment_type"], first["hired_on"]) == (
        "Li Na",
        "permanent",
        date(2020, 1, 1),
    )
    assert second["hired_on"] is None


def test_dates_times_and_zones(company):
    columns = {
        "employee_id": "no",
        "hired_on": {"from": "start", "parse": "%Y年%m月%d日", "nulls": ["-"]},
        "updated_at": {"from": "at", "parse": "%d.%m.%Y %H:%M", "time_zone": "Europe/Berlin"},
    }
    company.map(EMPLOYEES, {"path": "staff.csv", "columns": columns})
    company.write("staff.csv", "no,start,at\nE1,2024年3月5日,01.07.2024 12:00\nE2,-,01.01.2024 12:00\n")
    company.land(EMPLOYEES)
    rows = company.newest(EMPLOYEES)
    assert rows["E1", None]["hired_on"] == date(2024, 3, 5)
    assert rows["E1", None]["updated_at"] == datetime(2024, 7, 1, 10)
    assert rows["E2", None]["updated_at"] == datetime(2024, 1, 1, 11)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-01-01 08:00:00", datetime(2024, 1, 1)),
        ("2024-01-01T08:00", datetime(2024, 1, 1)),
        ("2024-01-01T08:00:00.250", datetime(2024, 1, 1, 0, 0, 0, 250000)),
        ("2024-01-01T00:00:00Z", datetime(2024, 1, 1)),
        ("2024-01-01 01:00:00+01:00", datetime(2024, 1, 1)),
        ("2024-01-01 01:00:00 +0100", datetime(2024, 1, 1)),
        ("2024-01-01 00:00:00 UTC", datetime(2024, 1, 1)),
    ],
)
def test_iso_times_are_read_in_the_companys_zone_unless_they_name_one(company, text, utc):
    company.map(EMPLOYEES, {"path": "staff.csv"})
    company.write("staff.csv", f"employee_id,updated_at\nE1,{text}\n")
    company.land(EMPLOYEES)
    assert company.newest(EMPLOYEES)["E1", None]["updated_at"] == utc


@pytest.mark.parametrize(("parse", "text"), [("epoch_s", "1704067200"), ("epoch_ms", "1704067200000")])
def test_epochs(company, parse, text):
    columns = {"employee_id": "no", "updated_at": {"from": "at", "parse": parse}}
    company.map(EMPLOYEES, {"path": "staff.csv", "columns": columns})
    company.write("staff.csv", f"no,at\nE1,{text}\n")
    company.land(EMPLOYEES)
    assert company.newest(EMPLOYEES)["E1", None]["updated_at"] == datetime(2024, 1, 1)


@pytest.mark.parametrize(
    ("style", "text", "pay"),
    [
        ({"strip": "£ ", "thousands": ",", "mark": "."}, "£ 1,234.50", "1234.50"),
        ({"strip": "€", "thousands": ".", "mark": ","}, "-1.234.567,5 €", None),
        ({"strip": "€ ", "thousands": ".", "mark": ","}, "-1.234.567,5 €", "-1234567.50"),
        ({"strip": "¥", "thousands": ","}, "¥1,23", None),
        ({"thousands": " ", "mark": ","}, "1 234,5", "1234.50"),
        ({"mark": ","}, "1.5", None),
        ({"negative": "parentheses", "thousands": ","}, "(1,000)", "-1000.00"),
        ({"negative": "trailing"}, "12.5-", "-12.50"),
        ({"round": True}, "12.345", "12.34"),
        ({}, "+7", "7.00"),
        ({}, ".5", "0.50"),
    ],
)
def test_numbers_as_people_write_them(company, style, text, pay):
    company.map(EMPLOYEES, {"rows": [{"employee_id": "E1"}]})
    company.map(PAYROLL, {"path": "pay.tsv", "decimal": style})
    company.write("pay.tsv", f"employee_id\tmonth_on\tbase_pay\nE1\t2024-01-01\t{text}\n")
    load = company.land(PAYROLL)
    if pay is None:
        assert load.reasons == {"unparsable_number": 1}
    else:
        (row,) = company.newest(PAYROLL).values()
        assert row["base_pay"] == Decimal(pay)


def test_map_keeps_or_drops_what_it_does_not_know(company):
    def land(unmapped):
        how = {"from": "sex", "map": {"M": "male", "F": "female", "?": None}, "unmapped": unmapped}
        company.map(EMPLOYEES, {"path": "staff.csv", "columns": {"employee_id": "no", "gender": how}})
        company.night()
        return [row["gender"] for _, row in sorted(company.newest(EMPLOYEES).items())]

    company.write("staff.csv", "no,sex\nE1,M\nE2,?\nE3,X\n")
    assert land("keep") == ["male", None, "X"]
    assert land("null") == ["male", None, None]


def test_filter_leaves_rows_aside_and_counts_them(company):
    company.map(EMPLOYEES, {"path": "staff.csv", "nulls": ["NULL"], "filter": "kind = 'staff'"})
    company.write("staff.csv", "employee_id,kind\nE1,staff\nE2,robot\nE3,NULL\n")
    load = company.land(EMPLOYEES)
    assert (load.rows_in_file, load.rows_filtered, load.rows_read, load.rows_landed) == (3, 2, 1, 1)


def test_distinct_takes_a_table_out_of_a_finer_file(company):
    columns = {"employee_id": "seller", "full_name": "name"}
    company.map(EMPLOYEES, {"path": "sales.csv", "distinct": True, "columns": columns})
    company.write("sales.csv", "seller,name,amount\nE1,Li,1\nE2,Wu,2\nE1,Li,3\n")
    load = company.land(EMPLOYEES)
    assert (load.rows_in_file, load.rows_collapsed, load.rows_read, load.rows_duplicate) == (3, 1, 2, 0)


def test_unpivot_turns_months_into_rows(company):
    company.map(EMPLOYEES, {"rows": [{"employee_id": "E1"}, {"employee_id": "E2"}]})
    mapping = {
        "path": "pay.csv",
        "nulls": ["NULL"],
        "unpivot": {"columns": "M*", "name": "month", "value": "pay"},
        "filter": "pay IS NOT NULL",
        "columns": {
            "employee_id": "no",
            "month_on": {"sql": "year || '-' || SUBSTR(month, 2, 2) || '-01'"},
            "base_pay": "pay",
        },
    }
    company.map(PAYROLL, mapping)
    company.write("pay.csv", "year,no,M01,M02\n2024,E1,10,11\n2024,E2,NULL,12\n")
    load = company.land(PAYROLL)
    assert (load.rows_in_file, load.rows_filtered, load.rows_landed, load.extra_columns) == (2, 1, 3, [])
    assert {(*key, row["base_pay"]) for key, row in company.newest(PAYROLL).items()} == {
        ("E1", date(2024, 1, 1), Decimal(10)),
        ("E1", date(2024, 2, 1), Decimal(11)),
        ("E2", date(2024, 2, 1), Decimal(12)),
    }
    assert [row["_source_row"] for row in company.landed(PAYROLL)] == [2, 2, 3]


def test_explode_of_text_and_of_json(company):
    event = {"event_type": {"value": "created"}, "occurred_at": {"value": "2024-01-01 00:00:00"}}
    company.map(
        EVENTS,
        [
            {
                "path": "tickets.csv",
                "explode": {"column": "marks", "delimiter": ";"},
                "key": ["ticket", "marks"],
                "columns": {"ticket_id": "ticket", **event},
            },
            {
                "path": "tickets.json",
                "explode": "log",
                "columns": {"event_id": "log.id", "ticket_id": "id", **event, "occurred_at": "log.at"},
            },
        ],
    )
    company.write("tickets.csv", "ticket,marks\nT1,a; b\nT2,c\n")
    company.write(
        "tickets.json",
        '[{"id": "T3", "log": ['
        ' {"id": 1, "at": "2024-01-01 00:00:00"}, {"id": 2, "at": "2024-01-02 00:00:00"}]},'
        ' {"id": "T4", "log": []}, {"id": "T5", "log": "none"}]',
    )
    text, records = company.night()[EVENTS].loads_new
    assert (text.rows_in_file, text.rows_read, text.rows_landed) == (2, 3, 3)
    assert (records.rows_in_file, records.rows_read, records.rows_landed) == (3, 3, 2)
    assert records.reasons == {"unreadable_row": 1}
    ids = {row["event_id"] for row in company.landed(EVENTS)}
    assert {"1", "2"} < ids
    assert len(ids) == 5


def test_key_made_of_columns_is_the_same_in_every_file(company):
    mapping = {
        "path": "log*.csv",
        "key": ["case", "task"],
        "columns": {"ticket_id": "case", "event_type": {"value": "created"}, "occurred_at": "at"},
    }
    company.map(EVENTS, mapping)
    company.write("log1.csv", "case,task,at\n1,x,2024-01-01 00:00:00\n1x,,2024-01-01 00:00:00\n")
    company.write("log2.csv", "at,task,case\n2024-01-01 00:00:00,x,1\n")
    first, second = company.night()[EVENTS].loads_new
    assert (first.rows_landed, second.rows_duplicate) == (2, 1)


def test_one_file_feeds_several_tables_and_a_table_takes_several_patterns(company):
    company.map(EMPLOYEES, {"path": ["staff_*.csv", "board.csv"]})
    company.map(
        "hr.org_units",
        {"path": "staff_*.csv", "distinct": True, "columns": {"org_unit_id": "unit", "name": "unit"}},
    )
    company.write("staff_1.csv", "employee_id,unit\nE1,Sales\nE2,Sales\n")
    company.write("board.csv", "employee_id\nE3\n")
    company.night()
    assert {key[0] for key in company.newest(EMPLOYEES)} == {"E1", "E2", "E3"}
    assert {key[0] for key in company.newest("hr.org_units")} == {"Sales"}


def test_rows_written_into_the_profile(company):
    company.map(
        "hr.org_units", {"rows": [{"org_unit_id": "U1", "name": "Sales", "valid_from": date(2024, 1, 1)}]}
    )
    load = company.land("hr.org_units")
    assert load.file == "sources.yml#system.hr.org_units"
    assert ("U1", date(2024, 1, 1)) in company.newest("hr.org_units")
    company.map("hr.org_units", {"rows": [{"org_unit_id": "U1", "name": "Sales and service"}]})
    assert company.land("hr.org_units").rows_landed == 1


def test_optional_column(company):
    columns = {"employee_id": "no", "full_name": {"from": "name", "optional": True}}
    company.map(EMPLOYEES, {"path": "staff.csv", "columns": columns})
    company.write("staff.csv", "no\nE1\n")
    assert company.land(EMPLOYEES).rows_landed == 1
