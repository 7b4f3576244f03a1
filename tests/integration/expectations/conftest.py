"""A home with landed rows and a warehouse in miniature, both real."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml

from ingestion.contract import load_contracts
from ingestion.landing import Landing, land_table
from ingestion.profile import load_profile

Land = Callable[..., Path]


@pytest.fixture(scope="package")
def land() -> Land:
    """Land rows of a table as a file of a company would; returns the Parquet that holds them."""

    def land_rows(home: Path, table: str, rows: list[dict[str, str]], file: str = "rows.csv") -> Path:
        source = home / "source" / table
        source.mkdir(parents=True, exist_ok=True)
        pl.DataFrame(rows).write_csv(source / file)
        company = {"name": "Test", "time_zone": "UTC", "currency": "CNY"}
        columns = {name: name for name in rows[0] if name != "_deleted"}
        if "_deleted" in rows[0]:
            columns["_deleted"] = {"sql": "_deleted = 'yes'"}
        mapping = {"path": file, "columns": columns}
        described = {"company": company, "sources": {"hris": {"kind": "files", "tables": {table: mapping}}}}
        (source / "sources.yml").write_text(yaml.safe_dump(described))
        landing = Landing(home)
        landed = land_table(load_profile(source), load_contracts()[table], landing, run_id="night-1")
        assert landed.problems == []
        return landing.current_paths(table)[-1]

    return land_rows


@pytest.fixture(scope="package")
def make_warehouse() -> Callable[[Path], Path]:
    """Write the warehouse in miniature to a file."""

    def make(file: Path) -> Path:
        with duckdb.connect(str(file)) as connection:
            connection.execute((Path(__file__).parent / "warehouse.sql").read_text(encoding="utf-8"))
        return file

    return make
