"""The sample's profile lands every table of the contracts, and the planted bad rows end up in quarantine."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ingestion.contract import load_contracts
from ingestion.landing import Landing, TableLanding, land_table, landing_order
from ingestion.profile import Profile, load_profile
from ingestion.sample import append_day, write_sample

PROFILE = Path(__file__).parents[4] / "profiles" / "sample"
QUARANTINED = {
    "hr.employees",
    "hr.employee_positions",
    "hr.payroll_monthly",
    "hr.working_time",
    "hr.training_records",
    "sales.opportunities",
    "sales.activities",
    "sales.orders",
    "sales.order_lines",
    "ticketing.tickets",
    "ticketing.ticket_events",
    "ticketing.satisfaction_ratings",
}


class Company:
    """A small company in a run home: 100 people, eleven months."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.contracts = load_contracts()
        self.profile: Profile = load_profile(PROFILE, {"GOLDTHREAD_HOME": str(home)})
        self.landing = Landing(home)
        write_sample(self.profile.data_folder, people=100, years=1, until=date(2024, 5, 30))

    def land(self) -> dict[str, TableLanding]:
        tables = [
            table for table in landing_order(self.profile, self.contracts) if not table.startswith("library.")
        ]
        return {
            table: land_table(self.profile, self.contracts[table], self.landing, run_id="test")
            for table in tables
        }


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, TableLanding]]:
    """Three nights: the company as written, the same again, and one day later."""
    company = Company(tmp_path_factory.mktemp("home"))
    found = [company.land(), company.land()]
    append_day(company.profile.data_folder, date(2024, 5, 31))
    return [*found, company.land()]


def test_every_table_but_the_library_is_mapped_and_lands(nights: list[dict[str, TableLanding]]) -> None:
    expected = {table for table in load_contracts() if not table.startswith("library.")}
    assert nights[0].keys() == expected
    for table, landed in nights[0].items():
        assert not landed.problems, landed.problems[0].message
        assert sum(load.rows_landed for load in landed.loads_new) > 0, table


def test_every_row_is_accounted_for(nights: list[dict[str, TableLanding]]) -> None:
    for landed in [landed for night in nights for landed in night.values()]:
        for load in landed.loads_new:
            assert load.rows_read == load.rows_landed + load.rows_quarantined + load.rows_duplicate


def test_planted_bad_rows_are_quarantined(nights: list[dict[str, TableLanding]]) -> None:
    for table in sorted(QUARANTINED):
        loads = nights[0][table].loads_new
        bad, read = sum(load.rows_quarantined for load in loads), sum(load.rows_read for load in loads)
        assert 0 < bad < 0.05 * read, table
    reasons = {
        reason
        for landed in nights[0].values()
        for load in landed.loads_new
        for reason, count in load.reasons.items()
        if count
    }
    assert {"null_key", "unparsable_date", "unmapped_value", "overflow", "unknown_reference"} <= reasons
    assert "repeated_key" not in reasons


def test_planted_duplicates_and_strangers_are_counted(nights: list[dict[str, TableLanding]]) -> None:
    def loads(table: str):
        return nights[0][table].loads_new

    for table in ("hr.employees", "sales.order_lines", "ticketing.ticket_events", "hr.working_time"):
        assert sum(load.rows_duplicate for load in loads(table)) > 0, table
    assert sum(load.unknown_references.get("handler_id", 0) for load in loads("ticketing.tickets")) > 0


def test_the_same_files_again_add_nothing(nights: list[dict[str, TableLanding]]) -> None:
    for table, landed in nights[1].items():
        assert not landed.loads_new, table


def test_one_more_day_loads_only_the_newest_files(nights: list[dict[str, TableLanding]]) -> None:
    files = {load.file for landed in nights[2].values() for load in landed.loads_new}
    newest = ("202405", "2024.", "staff_register", "assignments", "accounts", "organisation")
    assert "timesheets/working_time_202405.parquet" in files
    assert "payroll/payroll_202405.csv" in files
    assert all(any(part in file for part in newest) for file in files), files
