"""Files that cannot be trusted are refused as a whole; the message says what, where and the way out."""

import json

import polars as pl
import pytest

from ingestion.limits import PER_BLOCK_BYTE

EMPLOYEES = "hr.employees"
HEADER = "employee_id,full_name,hired_on\n"


@pytest.fixture
def staff(company):
    company.map(EMPLOYEES, {"path": "staff.csv"})
    return company


def test_missing_file(staff):
    problem = staff.problem(EMPLOYEES)
    assert problem.kind == "missing"
    assert "staff.csv" in problem.message
    assert str(staff.folder) in problem.message


def test_pattern_without_any_file(company):
    company.map(EMPLOYEES, {"path": "staff_*.csv"})
    assert company.problem(EMPLOYEES).kind == "missing"


def test_missing_file_does_not_keep_others_out(company):
    company.map(EMPLOYEES, {"path": ["gone.csv", "staff.csv"]})
    company.write("staff.csv", HEADER + "E1,Li,2020-01-01\n")
    result = company.night()[EMPLOYEES]
    assert [problem.file for problem in result.problems] == ["gone.csv"]
    assert [load.rows_landed for load in result.loads_new] == [1]


@pytest.mark.parametrize(
    "name", ["staff.csv", "staff.json", "staff.jsonl", "staff.parquet", "staff.xlsx", "staff.yml"]
)
def test_empty_file(company, name):
    company.map(EMPLOYEES, {"path": name})
    company.write(name, "")
    problem = company.problem(EMPLOYEES)
    assert problem.kind == "empty"
    assert name in problem.message


def test_file_with_nothing_but_a_header_is_a_file_without_rows(staff):
    staff.write("staff.csv", HEADER)
    load = staff.land(EMPLOYEES)
    assert (load.rows_in_file, load.rows_read, load.rows_landed) == (0, 0, 0)
    assert staff.landing.current_paths(EMPLOYEES) == []


def test_truncated_in_the_middle_of_a_row(staff):
    staff.write("staff.csv", HEADER + "E1,Li,2020-01-01\nE2,Wa")
    problem = staff.problem(EMPLOYEES)
    assert problem.kind == "truncated"
    assert "line 3" in problem.message
    assert "2 of 3 fields" in problem.message


def test_truncated_within_a_quoted_field(staff):
    staff.write("staff.csv", HEADER + 'E1,Li,2020-01-01\nE2,"Wang\nE3,Zhao,2020-01-01\n')
    problem = staff.problem(EMPLOYEES)
    assert problem.kind == "truncated"
    assert "line 3" in problem.message


def test_last_line_without_line_end_is_a_row_when_it_is_whole(staff):
    staff.write("staff.csv", HEADER + "E1,Li,2020-01-01\nE2,Wang,2020-01-02")
    assert staff.land(EMPLOYEES).rows_landed == 2


def test_truncated_json(company):
    company.map(EMPLOYEES, {"path": "staff.json"})
    company.write("staff.json", '[{"employee_id": "E1"},\n {"employee_id": "E')
    problem = company.problem(EMPLOYEES)
    assert problem.kind == "truncated"
    assert "line 2" in problem.message


def test_invalid_json(company):
    company.map(EMPLOYEES, {"path": "staff.json"})
    company.write("staff.json", '[{"employee_id": "E1",},\n {"employee_id": "E2"}]')
    problem = company.problem(EMPLOYEES)
    assert problem.kind == "format"
    assert "line 1" in problem.message


def test_truncated_json_lines(company):
    company.map(EMPLOYEES, {"path": "staff.jsonl"})
    company.write("staff.jsonl", '{"employee_id": "E1"}\n{"employee_id": "E')
    problem = company.problem(EMPLOYEES)
    assert problem.kind == "truncated"
    assert "line 2" in problem.message


def test_truncated_parquet_and_workbook(company):
    frame = pl.DataFrame({"employee_id": [f"E{number}" for number in range(100)]})
    for name, write in (("staff.parquet", frame.write_parquet), ("staff.xlsx", frame.write_excel)):
        company.map(EMPLOYEES, {"path": name})
        write(company.folder / name)
        content = (company.folder / name).read_bytes()
        company.write(name, content[: len(content) // 2])
        assert company.problem(EMPLOYEES).kind == "truncated"


def test_wrong_encoding_says_byte_and_line(staff):
    content = (HEADER + "E1,Li,2020-01-01\n").encode() + "E2,王芳,2020-01-01\n".encode("gb18030")
    staff.write("staff.csv", content)
    problem = staff.problem(EMPLOYEES)
    assert problem.kind == "encoding"
    offset = content.index("王".encode("gb18030"))
    assert f"byte {offset} " in problem.message
    assert "line 3" in problem.message
    assert "gb18030" in problem.message


def test_wrong_encoding_in_a_later_block(company):
    rows = "".join(f"E{number},Li,2020-01-01\n" for number in range(1000))
    content = (HEADER + rows).encode() + b"E9,\xff,2020-01-01\n"
    company.landing_options["memory_bytes"] = 500 * PER_BLOCK_BYTE
    company.map(EMPLOYEES, {"path": "staff.csv"})
    company.write("staff.csv", content)
    problem = company.problem(EMPLOYEES)
    assert f"byte {content.index(0xFF)} (0xFF, line 1002)" in problem.message


def test_utf16_read_as_utf8(staff):
    staff.write("staff.csv", (HEADER + "E1,Li,2020-01-01\n").encode("utf-16-le"))
    problem = staff.problem(EMPLOYEES)
    assert problem.kind == "encoding"
    assert "utf-16" in problem.message


def test_missing_columns_name_file_table_expected_and_found(company):
    company.map(EMPLOYEES, {"path": "staff.csv", "columns": {"employee_id": "Staff No", "hired_on": "Start"}})
    company.write("staff.csv", "Staff Number,Start,Pay\nE1,2020-01-01,9\n")
    problem = company.problem(EMPLOYEES)
    assert problem.kind == "columns"
    for part in ("staff.csv", EMPLOYEES, "Staff No", "Start", "Staff Number, Start, Pay"):
        assert part in problem.message


def test_header_that_drifts_between_two_nights_refuses_only_the_new_file(staff):
    staff.write("staff.csv", HEADER + "E1,Li,2020-01-01\n")
    staff.land(EMPLOYEES)
    staff.write("staff.csv", "Employee Id,full_name,hired_on\nE1,Li,2020-01-01\nE2,Wu,2020-01-01\n")
    assert staff.problem(EMPLOYEES).kind == "columns"
    assert set(staff.newest(EMPLOYEES)) == {("E1", None)}


def test_missing_column_of_json_records(company):
    company.map(EMPLOYEES, {"path": "staff.jsonl", "columns": {"employee_id": "id", "full_name": "name"}})
    company.write("staff.jsonl", '{"id": "E1", "nom": "Li"}\n{"id": "E2"}\n')
    problem = company.problem(EMPLOYEES)
    assert problem.kind == "columns"
    assert "missing: name" in problem.message


def test_column_that_only_some_json_records_have(company):
    company.map(EMPLOYEES, {"path": "staff.jsonl", "columns": {"employee_id": "id", "full_name": "name"}})
    company.write("staff.jsonl", '{"id": "E1"}\n{"id": "E2", "name": "Li"}\n')
    assert company.land(EMPLOYEES).rows_landed == 2


def test_duplicated_header(staff):
    staff.write("staff.csv", "employee_id,hired_on,hired_on\nE1,2020-01-01,2020-01-02\n")
    problem = staff.problem(EMPLOYEES)
    assert problem.kind == "header"
    assert "'hired_on'" in problem.message


def test_extra_columns_are_reported_and_not_fatal(staff):
    staff.write("staff.csv", "employee_id,shoe_size\nE1,42\n")
    load = staff.land(EMPLOYEES)
    assert load.rows_landed == 1
    assert load.columns == ["employee_id", "shoe_size"]
    assert load.extra_columns == ["shoe_size"]


def test_expression_that_cannot_be_computed(company):
    columns = {"employee_id": "id", "full_name": {"sql": "reports + 1 > 0"}}
    company.map(EMPLOYEES, {"path": "staff.csv", "columns": columns})
    company.write("staff.csv", "id,reports\nE1,3\n")
    problem = company.problem(EMPLOYEES)
    assert problem.kind == "mapping"
    assert "full_name" in problem.message
    assert "CAST" in problem.message


def test_kind_of_file_that_nobody_named(company):
    company.map(EMPLOYEES, {"path": "staff.dat"})
    company.write("staff.dat", HEADER)
    assert company.problem(EMPLOYEES).kind == "format"


def test_json_path_that_leads_nowhere(company):
    company.map(EMPLOYEES, {"path": "staff.json", "format": {"path": "data.people"}})
    company.write("staff.json", json.dumps({"data": {"items": []}}))
    problem = company.problem(EMPLOYEES)
    assert problem.kind == "format"
    assert "items" in problem.message


def test_a_refused_file_is_loaded_once_it_is_repaired(staff):
    staff.write("staff.csv", HEADER + "E1,Li")
    staff.problem(EMPLOYEES)
    staff.write("staff.csv", HEADER + "E1,Li,2020-01-01\n")
    assert staff.land(EMPLOYEES).rows_landed == 1
