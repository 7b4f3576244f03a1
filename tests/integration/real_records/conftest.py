"""Real records that nobody here wrote: plain SQL over the files, and two companies landed.

What a test expects is asked of the raw files with plain SQL, by none of our code.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from ingestion.contract import load_contracts
from ingestion.landing import Landing, TableLanding, land_table, landing_order
from ingestion.profile import Profile, load_profile
from orchestration.home import PROJECT_ROOT

# dw/DimEmployee.csv has no header.
EMPLOYEE_COLUMNS = [f"c{number}" for number in range(1, 32)]
QUOTA_COLUMNS = ["quota_key", "employee_key", "date_key", "year", "quarter", "amount", "set_on"]
LOGS = {
    "incident": "*_bpi_challenge_2013_incidents.csv",
    "problem": "*_BPI_Challenge_2013_closed_problems.csv",
    "helpdesk": "*_Helpdesk.csv",
}


@pytest.fixture(scope="session")
def raw(shared: Path) -> duckdb.DuckDBPyConnection:
    """Every raw file as a view of text columns."""
    connection = duckdb.connect()
    works, tickets = shared / "adventureworks", shared / "tickets"

    def view(name: str, file: Path, *, columns: list[str] | None = None) -> None:
        headerless = f", header = false, delim = '|', quote = '', names = {columns}" if columns else ""
        connection.execute(
            f"create view {name} as select * from read_csv('{file}', all_varchar = true{headerless})"
        )

    view("dim_employee", works / "dw" / "DimEmployee.csv", columns=EMPLOYEE_COLUMNS)
    view("quota", works / "dw" / "FactSalesQuota.csv", columns=QUOTA_COLUMNS)
    view("sale", works / "dw" / "FactResellerSales.csv")
    view("monthly_target", works / "dw" / "ResellerSalesTargets.csv")
    view("reseller", works / "dw" / "Resellers.csv")
    view("person", works / "hr" / "employee.csv")
    for log, pattern in LOGS.items():
        view(f"{log}_event", tickets / pattern)
    # People by the id that outlives the keys of their versions.
    connection.execute(
        """
        create view employee as
        select
            businessentityid as employee_id, c2 as employee_key, c3 as manager_key, c4 as national_id,
            c8 as last_name, c11 as title, c28 as department, cast(c12 as date) as hired_on,
            cast(c29 as date) as valid_from
        from dim_employee inner join person on c4 = nationalidnumber
        """
    )
    return connection


@dataclass(frozen=True)
class Landed:
    """A company's files landed once, and SQL over what landed."""

    profile: Profile
    landing: Landing
    results: dict[str, TableLanding]

    def rows(self, sql: str, **tables: str) -> list[tuple]:
        """Rows of a query in which each `{name}` stands for the landed rows of that table."""
        sources = {
            name: f"read_parquet({[str(path) for path in self.landing.current_paths(table)]})"
            for name, table in tables.items()
        }
        return duckdb.sql(sql.format(**sources)).fetchall()

    def counts(self, table: str, source: str | None = None) -> dict[str, int]:
        """Rows read, landed, quarantined and duplicate over the loads of a table."""
        loads = [load for load in self.landing.loads(table) if source in (None, load.source)]
        return {
            "read": sum(load.rows_read for load in loads),
            "landed": sum(load.rows_landed for load in loads),
            "quarantined": sum(load.rows_quarantined for load in loads),
            "duplicate": sum(load.rows_duplicate for load in loads),
        }


def land(company: str, home: Path) -> Landed:
    """Land every table of a company's profile."""
    profile, contracts, landing = (
        load_profile(PROJECT_ROOT / "profiles" / company),
        load_contracts(),
        Landing(home),
    )
    results = {
        table: land_table(profile, contracts[table], landing, run_id="real-records")
        for table in landing_order(profile, contracts)
    }
    return Landed(profile, landing, results)


@pytest.fixture(scope="session")
def adventureworks(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Landed:
    """Adventure Works landed."""
    return land("adventureworks", tmp_path_factory.mktemp("adventureworks"))


@pytest.fixture(scope="session")
def service_desk(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Landed:
    """The three logs landed."""
    return land("service_desk", tmp_path_factory.mktemp("service_desk"))
