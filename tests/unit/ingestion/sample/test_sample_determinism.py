"""The same seed gives the same bytes, and one more day is the days before plus that day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from ingestion.sample import SampleError, append_day, write_sample

GROWING = {".csv", ".tsv", ".jsonl"}
REGISTERS = {"staff_register.csv", "assignments.csv", "sla_policies.csv"}


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def write(out: Path, until: date, seed: int = 7, people: int = 100) -> dict[str, bytes]:
    write_sample(out, people=people, years=until.year - 2023, until=until, seed=seed)
    return bytes_of(out)


def test_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    until = date(2024, 2, 15)
    assert write(tmp_path / "one", until) == write(tmp_path / "two", until)


def test_another_seed_gives_another_company(tmp_path: Path) -> None:
    until = date(2024, 1, 15)
    one, two = write(tmp_path / "one", until), write(tmp_path / "two", until, seed=8)
    same = {name for name in one.keys() & two.keys() if one[name] == two[name]}
    assert same == {"desk/sla_policies.csv"}


@pytest.mark.parametrize(
    "day",
    [
        date(2024, 1, 1),
        date(2024, 1, 20),
        date(2024, 1, 31),
        date(2024, 2, 1),
        date(2024, 2, 29),
        date(2024, 3, 5),
    ],
)
def test_one_more_day_changes_nothing_before_it(tmp_path: Path, day: date) -> None:
    out = tmp_path / "company"
    # The first of January begins a year: the history still starts where it was begun.
    years = 1 if day - timedelta(days=1) >= date(2024, 1, 1) else 0
    write_sample(out, people=100, years=years, until=day - timedelta(days=1))
    before = bytes_of(out)
    append_day(out, day)
    after = bytes_of(out)
    assert before.keys() <= after.keys()
    changed = {name for name in before if before[name] != after[name]}
    for name in changed:
        path = Path(name)
        if path.suffix in GROWING and path.name not in REGISTERS and not name.startswith("ledger/ledger"):
            assert after[name].startswith(before[name]), f"{name} lost or changed a row of an earlier day"
    newest = (f"{day:%Y%m}", f"{day:%Y}", "register", "assignments", "accounts", "organisation", "sample")
    assert all(any(part in name for part in newest) for name in changed)
    write_sample(tmp_path / "whole", people=100, years=1, until=day)
    assert bytes_of(tmp_path / "whole") == after


def test_appended_day_holds_the_rows_of_that_day(tmp_path: Path) -> None:
    out = tmp_path / "company"
    write_sample(out, people=100, years=1, until=date(2024, 3, 5))
    summary = append_day(out, date(2024, 3, 6))
    worked = pl.read_parquet(out / "timesheets/working_time_202403.parquet")
    assert worked["work_date"].max() == date(2024, 3, 6)
    assert summary.until == date(2024, 3, 6)
    assert summary.rows["orders"] < 100


def test_a_gap_between_days_is_refused(tmp_path: Path) -> None:
    write_sample(tmp_path, people=100, years=1, until=date(2024, 1, 10))
    with pytest.raises(SampleError, match="the next day is 2024-01-11, not 2024-01-13"):
        append_day(tmp_path, date(2024, 1, 13))


def test_a_day_cannot_be_added_to_nothing(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="write the sample company there first"):
        append_day(tmp_path, date(2024, 1, 13))


def test_impossible_sizes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="at least 100"):
        write_sample(tmp_path, people=5)
    with pytest.raises(SampleError, match="leave no day"):
        write_sample(tmp_path, years=0, until=date(2026, 3, 1))


def test_rows_grow_with_the_number_of_people(tmp_path: Path) -> None:
    until = date(2023, 9, 30)
    small = write_sample(tmp_path / "small", people=300, years=0, until=until)
    large = write_sample(tmp_path / "large", people=1200, years=0, until=until)
    for name in ("tickets", "orders", "order_lines", "working_time", "payroll", "opportunities"):
        assert 3 < large.rows[name] / small.rows[name] < 5, name


def test_more_happens_where_the_workload_says_so(tmp_path: Path) -> None:
    workload = {"tickets": 1.5, "notes": 4, "orders": 1.5, "order_lines": 2}
    usual, busy = (
        write_sample(tmp_path / name, people=100, years=1, until=date(2023, 9, 14), workload=given).rows
        for name, given in (("usual", None), ("busy", workload))
    )
    assert all(
        busy[name] > 1.2 * usual[name] for name in ("tickets", "ticket_events", "orders", "order_lines")
    )
    assert busy["ticket_events"] / busy["tickets"] > 1.5 * usual["ticket_events"] / usual["tickets"]
    assert append_day(tmp_path / "busy", date(2023, 9, 15)).until == date(2023, 9, 15)
