"""A small company on disk: tests write its files and its profile, land a night and look at the outcome."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from ingestion.contract import load_contracts
from ingestion.landing import FileProblem, Landing, Load, TableLanding, land_table, landing_order
from ingestion.profile import load_profile


class Company:
    """Files and a profile in a folder, and a home that they are landed in."""

    def __init__(self, folder: Path, **landing_options: Any) -> None:
        self.folder = folder
        self.tables: dict[str, Any] = {}
        self.landing_options = landing_options
        self.landing = Landing(folder / "home", **landing_options)
        self.nights = 0

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def remove(self, name: str) -> None:
        (self.folder / name).unlink()

    def map(self, table: str, mapping: Any) -> None:
        self.tables[table] = mapping

    def night(self) -> dict[str, TableLanding]:
        """Land every table in order, as a process of its own would."""
        self.nights += 1
        profile = {
            "company": {"name": "Test", "time_zone": "Asia/Shanghai", "currency": "CNY"},
            "sources": {"system": {"tables": self.tables}},
        }
        (self.folder / "sources.yml").write_text(yaml.safe_dump(profile, sort_keys=False, allow_unicode=True))
        self.landing = Landing(self.landing.home, **self.landing_options)
        loaded, contracts = load_profile(self.folder), load_contracts()
        return {
            table: land_table(loaded, contracts[table], self.landing, run_id=f"night-{self.nights}")
            for table in landing_order(loaded, contracts)
        }

    def land(self, table: str) -> Load:
        """Land a night in which the table gains exactly one load, and give that load."""
        result = self.night()[table]
        assert result.problems == []
        assert len(result.loads_new) == 1
        return result.loads_new[0]

    def problem(self, table: str) -> FileProblem:
        """Land a night in which one file of the table is refused, and nothing of it is loaded."""
        result = self.night()[table]
        assert result.loads_new == []
        assert len(result.problems) == 1
        return result.problems[0]

    def landed(self, table: str) -> list[dict[str, Any]]:
        """All landed rows, in order of arrival."""
        paths = self.landing.current_paths(table)
        rows = [row for path in paths for row in pl.read_parquet(path).to_dicts()]
        return sorted(rows, key=lambda row: (row["_sequence"], row["_source_row"]))

    def newest(self, table: str) -> dict[tuple, dict[str, Any]]:
        """What staging will see, worked out row by row: the newest of each key unless deleted."""
        contract = load_contracts()[table]
        newest: dict[tuple, tuple[tuple, dict[str, Any]]] = {}
        for row in self.landed(table):
            version = row[contract.version_by] if contract.version_by else None
            rank = (version is not None, version or 0, row["_sequence"], row["_source_row"])
            key = tuple(row[name] for name in contract.key)
            if key not in newest or newest[key][0] <= rank:
                newest[key] = (rank, row)
        return {
            key: {name: row[name] for name in contract.columns}
            for key, (_, row) in newest.items()
            if not row["_is_deleted"]
        }

    def quarantined(self, table: str) -> list[dict[str, Any]]:
        """All quarantined rows of committed loads."""
        paths = [self.landing.quarantine_path(load) for load in self.landing.loads(table)]
        return [row for path in paths if path.exists() for row in pl.read_parquet(path).to_dicts()]


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


@pytest.fixture(scope="session")
def new_company(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Company]:
    """Makes a company in a folder of its own."""
    return lambda **landing_options: Company(tmp_path_factory.mktemp("company"), **landing_options)
