"""The night's warehouse file and the staged project, before and without dbt."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import polars as pl
import pytest

from ingestion.contract import load_contracts
from orchestration.dbt_stage import DBT_PROJECT, contract_files, stage_dbt_project
from orchestration.warehouse import calendar_start, prepare_warehouse, working_calendar
from tests.integration.warehouse.landing_fixture import WrittenLanding, empty_library

AS_OF = date(2026, 6, 30)


@pytest.fixture
def landing(tmp_path):
    return WrittenLanding(tmp_path, load_contracts())


def prepared(path, landing):
    compiled, context = empty_library(landing, AS_OF, "Asia/Shanghai")
    prepare_warehouse(path, landing, landing.contracts, compiled, context)
    return duckdb.connect(str(path), read_only=True)


def test_every_contract_is_a_typed_view_even_where_nothing_landed(tmp_path, landing):
    with prepared(tmp_path / "night.duckdb", landing) as connection:
        for contract in landing.contracts.values():
            view = f"landed.{contract.domain}__{contract.name}"
            types = {row[0]: row[1] for row in connection.execute(f"describe {view}").fetchall()}
            assert types.items() >= contract.duckdb_columns().items()
            assert connection.execute(f"select count(*) from {view}").fetchone() == (0,)


def test_a_column_that_the_contract_gained_is_null_in_older_loads(tmp_path, landing):
    landing.write("hr.org_units", [{"org_unit_id": "C", "name": "Company", "cost_centre": "100"}])
    landing.write("hr.org_units", [{"org_unit_id": "D", "name": "One", "cost_centre": "200"}])
    older = landing.current_paths("hr.org_units")[0]
    pl.read_parquet(older).drop("cost_centre").write_parquet(older)
    with prepared(tmp_path / "night.duckdb", landing) as connection:
        rows = connection.execute(
            "select org_unit_id, cost_centre from landed.hr__org_units order by 1"
        ).fetchall()
    assert rows == [("C", None), ("D", "200")]


def test_a_new_night_replaces_a_file_left_by_a_killed_one(tmp_path, landing):
    path = tmp_path / "night.duckdb"
    path.write_bytes(b"half a database")
    path.with_name("night.duckdb.wal").write_bytes(b"half a log")
    with prepared(path, landing) as connection:
        assert connection.execute("select as_of from library.run_context").fetchone() == (AS_OF,)


def test_compiled_tables_have_to_be_those_declared(tmp_path, landing):
    compiled, context = empty_library(landing, AS_OF, "Asia/Shanghai")
    del compiled.tables["metric_term"]
    with pytest.raises(ValueError, match="metric_term"):
        prepare_warehouse(tmp_path / "night.duckdb", landing, landing.contracts, compiled, context)


def test_the_calendar_begins_in_company_time_with_the_first_event_not_with_master_data(landing):
    landing.write("hr.employees", [{"employee_id": "boss", "hired_on": date(1996, 1, 1)}])
    assert calendar_start(landing, landing.contracts, "Asia/Shanghai", AS_OF) == date(1996, 1, 1)
    order = {"order_id": "o1", "ordered_at": datetime(2024, 2, 29, 20), "status": "open"}
    landing.write("sales.orders", [order])
    assert calendar_start(landing, landing.contracts, "Asia/Shanghai", AS_OF) == date(2024, 3, 1)
    assert calendar_start(landing, landing.contracts, "Europe/Rome", AS_OF) == date(2024, 2, 1)


def test_without_any_load_the_calendar_begins_with_the_month(landing):
    assert calendar_start(landing, landing.contracts, "Asia/Shanghai", AS_OF) == date(2026, 6, 1)


@pytest.mark.parametrize(
    ("day", "in_china", "elsewhere"),
    [
        (date(2026, 10, 1), False, True),  # National Day, a Thursday
        (date(2026, 10, 10), True, False),  # a Saturday worked for it
        (date(2026, 6, 29), True, True),
    ],
)
def test_workdays_follow_the_country_of_the_time_zone(day, in_china, elsewhere):
    for time_zone, expected in (("Asia/Shanghai", in_china), ("America/New_York", elsewhere)):
        calendar = working_calendar(date(2026, 1, 1), AS_OF, time_zone)
        assert calendar.filter(pl.col("date_day") == day)["is_workday"].item() is expected


def test_beyond_the_known_decrees_monday_to_friday_are_workdays():
    calendar = working_calendar(date(2040, 10, 1), date(2040, 12, 31), "Asia/Shanghai")
    assert calendar.filter(pl.col("date_day") == date(2040, 10, 1))["is_workday"].item() is True


def test_every_contract_has_its_staging_model_and_no_model_is_left_over():
    contracts = load_contracts().values()
    expected = {f"{c.domain}/stg_{c.domain}__{c.name}.sql" for c in contracts}
    staging = DBT_PROJECT / "models" / "staging"
    assert {path.relative_to(staging).as_posix() for path in staging.glob("*/*.sql")} == expected


def test_staging_again_touches_only_what_changed(tmp_path, landing):
    compiled, _ = empty_library(landing, AS_OF, "Asia/Shanghai")
    compiled.sql_models["marts/metrics/components/one.sql"] = "select 1 as one\n"
    compiled.sql_models["marts/metrics/components/two.sql"] = "select 2 as two\n"
    project = stage_dbt_project(tmp_path, landing.contracts, compiled)
    (project / "target").mkdir()
    (project / "target" / "partial_parse.msgpack").write_bytes(b"dbt's own")
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*") if path.is_file()}

    compiled.sql_models["marts/metrics/components/one.sql"] = "select 3 as one\n"
    del compiled.sql_models["marts/metrics/components/two.sql"]
    assert stage_dbt_project(tmp_path, landing.contracts, compiled) == project
    after = {path: path.stat().st_mtime_ns for path in project.rglob("*") if path.is_file()}
    components = project / "models/marts/metrics/components"
    assert {path for path in before if before[path] != after.get(path)} == {
        components / "one.sql",
        components / "two.sql",
    }
    assert not (components / "two.sql").exists()


def test_held_out_files_are_ignored_by_dbt_and_the_company_s_metrics_are_staged(tmp_path, landing):
    compiled, _ = empty_library(landing, AS_OF, "Asia/Shanghai")
    own = tmp_path / "profile" / "metrics" / "broken.yml"
    own.parent.mkdir(parents=True)
    own.write_text("metrics: [", encoding="utf-8")
    fact = DBT_PROJECT / "models/marts/core/sales/fct_quote.sql"
    project = stage_dbt_project(
        tmp_path, landing.contracts, compiled, held_out={own, fact}, extra_metric_files=[own]
    )
    assert (project / "models/metrics/company/broken.yml").read_text(encoding="utf-8") == "metrics: ["
    assert (project / ".dbtignore").read_text(encoding="utf-8").split() == [
        "/models/marts/core/sales/fct_quote.sql",
        "/models/metrics/company/broken.yml",
    ]
    with pytest.raises(ValueError, match="not part of the staged project"):
        stage_dbt_project(tmp_path, landing.contracts, compiled, held_out={tmp_path / "elsewhere.yml"})


def test_what_the_contracts_know_is_generated(landing):
    files = {path.as_posix(): text for path, text in contract_files(landing.contracts).items()}
    assert "Day after the last day of employment" in files["models/staging/hr/_stg_hr__models.yml"]
    assert "'key': ['employee_id', 'valid_from']" in files["macros/contracts.sql"]
