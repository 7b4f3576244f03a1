"""Contracts: the canonical model is sound, and a contract that is not says so with file and line."""

import shutil

import polars as pl
import pytest

from ingestion.contract import CONTRACTS_FOLDER, ContractError, load_contracts


def test_the_canonical_model():
    contracts = load_contracts()
    assert {contract.domain for contract in contracts.values()} == {
        "hr",
        "sales",
        "ticketing",
        "operations",
        "innovation",
        "finance",
        "library",
    }
    positions = contracts["hr.employee_positions"]
    assert (positions.domain, positions.name, positions.key[:2]) == (
        "hr",
        "employee_positions",
        ("employee_id", "position_id"),
    )
    assert positions.polars_schema()["fte_share"] == pl.Decimal(5, 4)
    assert positions.duckdb_columns()["fte_share"] == "DECIMAL(5,4)"
    assert list(positions.polars_schema()) == list(positions.columns)
    assert positions.references["employee_id"].column == "employee_id"
    assert positions.freshness_window.days == 2


def test_every_reference_names_the_key_of_the_other_table():
    contracts = load_contracts()
    for contract in contracts.values():
        for reference in contract.references.values():
            assert reference.column in contracts[reference.table].key


def test_words_do_not_change_a_fingerprint_and_judgements_do():
    employees = load_contracts()["hr.employees"]
    columns = dict(employees.columns)
    reworded = columns["full_name"].model_copy(update={"description": "The full name."})
    stricter = columns["full_name"].model_copy(update={"required": True})
    assert (
        employees.model_copy(update={"columns": {**columns, "full_name": reworded}}).fingerprint()
        == employees.fingerprint()
    )
    assert (
        employees.model_copy(update={"columns": {**columns, "full_name": stricter}}).fingerprint()
        != employees.fingerprint()
    )


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(CONTRACTS_FOLDER, tmp_path / "contracts")
    return tmp_path / "contracts"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("type: timestamp", "type: datetime", "unknown type 'datetime'"),
        ("type: timestamp", "type: decimal(2,4)", "the scale at most the precision"),
        ("key: [employee_id, valid_from]", "key: [staff_id]", "'staff_id' is not one of the table's columns"),
        ("freshness: P2D", "freshness: daily", "not a duration"),
        ("owner: team:people_data", "owner: team:people_data\nsteward: x", "this key is not known here"),
        ("table: hr.employees", "table: hr.staff", "its place says hr.employees"),
        ("  full_name:", "  _name:", "leading underscore"),
        (
            "{table: hr.employees, unknown: report}",
            "{table: hr.staff, unknown: report}",
            "which has no contract",
        ),
    ],
)
def test_what_a_contract_gets_wrong(folder, old, new, words):
    path = folder / "hr" / "employees.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        load_contracts(folder)
    assert words in str(caught.value)
    assert "employees" in str(caught.value)
