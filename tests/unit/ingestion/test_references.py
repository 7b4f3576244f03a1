"""Rows that name a record of another table: waiting for it, or landing and being counted."""

import pytest

from ingestion.contract import load_contracts
from ingestion.landing import landing_order
from ingestion.profile import load_profile
from ingestion.references import loads_to_try_again
from ingestion.store import Landing

EMPLOYEES, PAYROLL, ABSENCES, UNITS = "hr.employees", "hr.payroll_monthly", "hr.absences", "hr.org_units"
PAY_HEADER = "employee_id,month_on,base_pay,updated_at\n"


@pytest.fixture
def payroll(company):
    company.map(EMPLOYEES, {"path": "staff*.csv"})
    company.map(PAYROLL, {"path": "pay*.csv"})
    company.write("staff1.csv", "employee_id\nE1\n")
    company.write("pay1.csv", PAY_HEADER + "E1,2024-01-01,10,\nE2,2024-01-01,20,\nE3,2024-01-01,30,\n")
    return company


def paid(company):
    return {key[0]: int(row["base_pay"]) for key, row in company.newest(PAYROLL).items()}


def test_a_row_waits_for_the_person_it_names(payroll):
    load = payroll.land(PAYROLL)
    assert (load.rows_read, load.rows_landed, load.reasons) == (3, 1, {"unknown_reference": 2})
    assert load.awaited == {"employee_id": ["E2", "E3"]}
    assert "employee_id (hr.employees): 'E2'" in payroll.quarantined(PAYROLL)[0]["_detail"]
    # Nothing new about people: nothing is tried again.
    assert payroll.night()[PAYROLL].loads_new == []
    payroll.write("staff2.csv", "employee_id\nE2\n")
    again = payroll.land(PAYROLL)
    assert (again.retry_of, again.rows_read, again.rows_landed) == (load.load_id, 2, 1)
    assert (again.reasons, again.awaited) == ({"unknown_reference": 1}, {"employee_id": ["E3"]})
    assert paid(payroll) == {"E1": 10, "E2": 20}
    assert [row["_source_row"] for row in payroll.landed(PAYROLL)] == [2, 3]
    # A person nobody waits for leaves the row where it is, without another load.
    payroll.write("staff3.csv", "employee_id\nE9\n")
    assert payroll.night()[PAYROLL].loads_new == []
    payroll.write("staff4.csv", "employee_id\nE3\n")
    assert payroll.land(PAYROLL).retry_of == again.load_id
    assert paid(payroll) == {"E1": 10, "E2": 20, "E3": 30}


def test_rows_that_wait_for_more_than_a_manifest_lists_are_tried_with_every_load(payroll, monkeypatch):
    monkeypatch.setattr("ingestion.loader.AWAITED_LISTED", 1)
    assert payroll.land(PAYROLL).awaited is None
    payroll.write("staff2.csv", "employee_id\nE2\n")
    assert payroll.land(PAYROLL).awaited == {"employee_id": ["E3"]}
    assert paid(payroll) == {"E1": 10, "E2": 20}


def test_rows_that_wait_for_what_the_contract_no_longer_refers_to_are_tried_again(payroll):
    load = payroll.land(PAYROLL).model_copy(update={"awaited": {"once_a_reference": ["X"]}})
    landing = Landing(payroll.folder)
    assert loads_to_try_again([load], load_contracts()[PAYROLL], landing) == [load]


def test_rows_that_nobody_came_for_are_not_read_again(payroll, monkeypatch):
    payroll.night()
    payroll.write("staff2.csv", "employee_id\nE9\n")
    monkeypatch.setattr("ingestion.loader.FileLoader._take_again", None)
    assert payroll.night()[PAYROLL].loads_new == []


def test_rows_wait_even_when_their_file_is_gone(payroll):
    payroll.night()
    payroll.write("pay2.csv", PAY_HEADER + "E1,2024-02-01,11,\n")
    payroll.remove("pay1.csv")
    payroll.write("staff2.csv", "employee_id\nE2\nE3\n")
    first, retried = payroll.night()[PAYROLL].loads_new
    assert (first.retry_of, retried.rows_landed) == (None, 2)


def test_a_row_tried_again_does_not_supersede_a_later_correction(company):
    company.map(EMPLOYEES, {"path": "staff*.csv"})
    company.map(ABSENCES, {"path": "absences*.csv"})
    company.write("staff1.csv", "employee_id\nE1\n")
    header = "absence_id,employee_id,started_on,ended_on,absence_type,working_days\n"
    company.write(
        "absences1.csv", header + "A1,E2,2024-01-01,2024-01-02,sick,1\nA2,E3,2024-01-01,2024-01-02,sick,1\n"
    )
    assert company.land(ABSENCES).reasons == {"unknown_reference": 2}
    company.write("absences2.csv", header + "A1,E1,2024-01-01,2024-01-02,sick,5\n")
    company.land(ABSENCES)
    company.write("staff2.csv", "employee_id\nE2\n")
    assert company.land(ABSENCES).rows_landed == 1
    company.write("staff3.csv", "employee_id\nE3\n")
    assert company.land(ABSENCES).rows_landed == 1
    assert {key[0]: row["employee_id"] for key, row in company.newest(ABSENCES).items()} == {
        "A1": "E1",
        "A2": "E3",
    }
    assert {
        row["_source_row"]: row["_sequence"] for row in company.landed(ABSENCES) if row["employee_id"] != "E1"
    } == {
        2: 1,
        3: 1,
    }


def test_a_file_read_anew_answers_for_the_rows_that_waited(payroll):
    payroll.night()
    payroll.write("pay1.csv", PAY_HEADER + "E1,2024-01-01,10,\nE2,2024-01-01,21,\n")
    payroll.write("staff2.csv", "employee_id\nE2\nE3\n")
    load = payroll.land(PAYROLL)
    assert load.retry_of is None
    assert paid(payroll) == {"E1": 10, "E2": 21}


def test_a_deleted_person_is_unknown_again(company):
    columns = {"employee_id": "no", "updated_at": "at", "_deleted": "gone"}
    company.map(EMPLOYEES, {"path": "staff.csv", "columns": columns})
    company.map(PAYROLL, {"path": "pay.csv"})
    company.write(
        "staff.csv", "no,at,gone\nE1,2024-01-01 00:00,\nE1,2024-02-01 00:00,true\nE2,2024-01-01 00:00,\n"
    )
    company.write("pay.csv", PAY_HEADER + "E1,2024-01-01,10,\nE2,2024-01-01,20,\n")
    assert company.land(PAYROLL).reasons == {"unknown_reference": 1}


def test_an_unknown_unit_that_is_only_reported_lands_and_is_counted(company):
    company.map(EMPLOYEES, {"path": "staff.csv"})
    company.write("staff.csv", "employee_id,manager_id\nE1,\nE2,E1\nE3,E8\nE4,E9\n")
    load = company.land(EMPLOYEES)
    assert (load.rows_landed, load.unknown_references) == (4, {"manager_id": 2})


def test_nobody_can_be_waited_for_when_no_source_names_them(company):
    company.map(PAYROLL, {"path": "pay.csv"})
    company.write("pay.csv", PAY_HEADER + "E1,2024-01-01,10,\n")
    load = company.land(PAYROLL)
    assert (load.rows_landed, load.unknown_references) == (1, {"employee_id": 1})


def test_the_refused_file_of_people_keeps_rows_waiting_not_lost(payroll):
    payroll.write("staff1.csv", "employee_id,full_name\nE1,Li\nE2")
    assert payroll.night()[PAYROLL].loads_new[0].reasons == {"unknown_reference": 3}
    payroll.write("staff1.csv", "employee_id,full_name\nE1,Li\nE2,Wu\n")
    payroll.night()
    assert paid(payroll) == {"E1": 10, "E2": 20}


def test_tables_land_after_those_they_refer_to(company):
    contracts = load_contracts()
    for table in contracts:
        company.map(table, {"path": "none.csv"})
    company.night()
    order = landing_order(load_profile(company.folder), contracts)
    assert sorted(order) == sorted(contracts)
    for table, contract in contracts.items():
        for reference in contract.references.values():
            if reference.table != table and reference.unknown == "quarantine":
                assert order.index(reference.table) < order.index(table)
