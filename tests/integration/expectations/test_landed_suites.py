"""The suites generated from contracts, over landed Parquet: good loads pass, every fault is flagged.

Landing itself lets no such fault through; the damage is done to its files afterwards.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ingestion.contract import load_contracts
from ingestion.landing import Landing, land_table, landing_order
from ingestion.profile import load_profile
from ingestion.sample.generate import write_sample
from ingestion.store import OWN_COLUMNS
from quality.expectations.landed import landed_suites, landed_tables, write_landed_views
from quality.expectations.suite import ExpectationResult

PROJECT = Path(__file__).resolve().parents[3]
EMPLOYEES = load_contracts()["hr.employees"]
ALL_COLUMNS = [*EMPLOYEES.columns, *OWN_COLUMNS]
PEOPLE = [
    {
        "employee_id": "E1",
        "full_name": "Zhang Wei",
        "employment_type": "permanent",
        "updated_at": "2026-01-01 09:00:00",
    },
    {
        "employee_id": "E2",
        "full_name": "Li Na",
        "employment_type": "intern",
        "updated_at": "2026-01-01 09:00:00",
    },
]


@pytest.fixture
def landed(tmp_path: Path, land: Any) -> Path:
    return land(tmp_path, "hr.employees", PEOPLE)


def evaluate(home: Path, table: str = "hr.employees") -> dict[str, ExpectationResult]:
    from quality.expectations.runner import run_suites

    contract = load_contracts()[table]
    database = home / "views.duckdb"
    write_landed_views(database, Landing(home), [contract])
    summary = run_suites(home, "night-1", "landed", landed_suites([contract]), database, [])
    return {one.name: one for one in summary.suites[0].expectations}


def failed(results: dict[str, ExpectationResult]) -> dict[str, int | None]:
    assert [one.message for one in results.values() if one.status == "error"] == []
    return {name: one.unexpected for name, one in results.items() if one.status == "failed"}


def damage(file: Path, *changes: pl.Expr) -> None:
    pl.read_parquet(file, hive_partitioning=False).with_columns(*changes).write_parquet(file)


def keep(file: Path, columns: list[str]) -> None:
    pl.read_parquet(file, hive_partitioning=False).select(columns).write_parquet(file)


def damage_manifest(file: Path, **counts: int) -> None:
    manifest = file.with_name("load.json")
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | counts))


def of_first(column: str, value: Any) -> pl.Expr:
    return pl.when(pl.col("employee_id") == "E1").then(value).otherwise(pl.col(column)).alias(column)


def test_good_load_passes(tmp_path: Path, landed: Path) -> None:
    assert failed(evaluate(tmp_path)) == {}


def test_corrected_and_deleted_rows_of_later_loads_pass(tmp_path: Path, land: Any, landed: Path) -> None:
    corrected = PEOPLE[0] | {"full_name": "Zhang Wei-Ming", "updated_at": "2026-02-01 09:00:00"}
    land(tmp_path, "hr.employees", [corrected, PEOPLE[1]], "later.csv")
    land(tmp_path, "hr.employees", [{"employee_id": "E2", "_deleted": "yes"}], "leavers.csv")

    assert len(Landing(tmp_path).loads("hr.employees")) == 3
    assert failed(evaluate(tmp_path)) == {}


def test_missing_required_value_is_flagged_by_its_place(tmp_path: Path, landed: Path) -> None:
    damage(landed, of_first("employee_id", None))

    results = evaluate(tmp_path)

    assert failed(results) == {"required_values_are_present": 1}
    assert results["required_values_are_present"].sample == [
        {"column_name": "employee_id", "value": None, "employee_id": None, "valid_from": None}
        | {"_source_file": "rows.csv", "_source_row": 2}
    ]


def test_value_that_is_not_allowed_is_flagged_and_shown(tmp_path: Path, landed: Path) -> None:
    damage(landed, of_first("employment_type", pl.lit("freelance")))

    results = evaluate(tmp_path)

    assert failed(results) == {"values_are_within_limits": 1}
    assert results["values_are_within_limits"].sample[0]["value"] == "freelance"


def test_personal_value_is_flagged_but_never_stored(tmp_path: Path, land: Any, landed: Path) -> None:
    absence = {"absence_id": "A1", "employee_id": "E1", "absence_type": "sick", "started_on": "2026-01-05"}
    file = land(tmp_path, "hr.absences", [absence | {"working_days": "3"}])
    damage(
        file, pl.lit("secret illness").alias("absence_type"), (-pl.col("working_days")).alias("working_days")
    )

    results = evaluate(tmp_path, "hr.absences")

    assert failed(results) == {"values_are_within_limits": 2}
    shown = {row["column_name"]: row["value"] for row in results["values_are_within_limits"].sample}
    assert shown == {"absence_type": None, "working_days": "-3.00"}
    stored = "".join(file.read_text() for file in (tmp_path / "runs").rglob("*.json"))
    assert "values_are_within_limits" in stored
    assert "secret illness" not in stored


def test_two_newest_versions_are_flagged(tmp_path: Path, landed: Path) -> None:
    damage(landed, pl.lit("E1").alias("employee_id"))

    assert failed(evaluate(tmp_path)) == {"newest_version_is_unique": 1}


def test_rows_that_the_manifest_does_not_know_are_flagged(tmp_path: Path, landed: Path) -> None:
    damage_manifest(landed, rows_read=1, rows_landed=1)

    assert failed(evaluate(tmp_path)) == {"rows_match_load_manifest": 1}


def test_columns_out_of_order_are_flagged(tmp_path: Path, landed: Path) -> None:
    first, second, *rest = ALL_COLUMNS
    keep(landed, [second, first, *rest])

    assert failed(evaluate(tmp_path)) == {"columns_match_contract": 2}


def test_column_that_the_contract_lacks_is_flagged(tmp_path: Path, landed: Path) -> None:
    damage(landed, pl.lit("x").alias("passport_number"))

    assert failed(evaluate(tmp_path)) == {"columns_match_contract": 1}


def test_missing_required_column_is_flagged(tmp_path: Path, landed: Path) -> None:
    keep(landed, ALL_COLUMNS[1:])

    assert set(failed(evaluate(tmp_path))) >= {"columns_match_contract", "required_values_are_present"}


def test_column_that_the_contract_gained_may_be_missing(tmp_path: Path, landed: Path) -> None:
    keep(landed, [name for name in ALL_COLUMNS if name != "gender"])

    assert failed(evaluate(tmp_path)) == {}


def test_wrong_type_is_flagged(tmp_path: Path, landed: Path) -> None:
    damage(landed, pl.col("hired_on").cast(pl.String))

    assert failed(evaluate(tmp_path)) == {"columns_match_contract": 1}


def test_whole_sample_company_passes(tmp_path: Path) -> None:
    from quality.expectations.runner import run_suites

    profile = load_profile(PROJECT / "profiles" / "sample", {"GOLDTHREAD_HOME": str(tmp_path)})
    write_sample(tmp_path / "sample", people=100, years=1, until=date(2026, 6, 30), seed=7)
    landing = Landing(tmp_path)
    contracts = load_contracts()
    for table in landing_order(profile, contracts):
        land_table(profile, contracts[table], landing, run_id="night-1")
    landed = landed_tables(landing, contracts)
    database = tmp_path / "views.duckdb"
    write_landed_views(database, landing, landed)

    summary = run_suites(tmp_path, "night-1", "landed", landed_suites(landed), database, [])

    assert [(suite.table, one.name, one.message) for suite, one in summary.findings()] == []
    domains = {"hr", "sales", "ticketing", "operations", "innovation", "finance", "library"}
    assert {contract.domain for contract in landed} == domains
