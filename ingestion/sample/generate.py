"""Writes the sample company: Qingmu Instruments, as its systems would export it.

Records begin in a month and tell their story in the months after; a journal holds what is exported later.
The company is written month by month, so memory does not grow with its history, and every export of one
more day is the export of the days before plus that day.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

import numpy as np
import polars as pl

from ingestion.sample.calendar import UNIX_EPOCH, month_start, months, next_month
from ingestion.sample.development import Development
from ingestion.sample.exports import EXPORTS, ORGANISATION_WORKBOOK, ExportWriter
from ingestion.sample.finance import Ledger
from ingestion.sample.hr import PeopleRecords
from ingestion.sample.innovation import Innovation
from ingestion.sample.orders import Ordering
from ingestion.sample.quality import Quality
from ingestion.sample.registers import assignments, staff, workbook
from ingestion.sample.sales import Rows, Sales
from ingestion.sample.service import Service, sla_policies
from ingestion.sample.technology import Technology
from ingestion.sample.workflow import Workflow
from ingestion.sample.world import Workload, World

PARAMETERS = "sample.json"
DEFAULT_UNTIL = date(2026, 6, 30)
MIN_PEOPLE = 100


class Process(Protocol):
    """Something that happens at the company: the rows that follow from what begins in a month."""

    def month(self, first: int) -> Rows: ...


@dataclass(frozen=True)
class SampleSummary:
    """What was written: the company's parameters, its employees so far, rows by export, and the files."""

    folder: Path
    people: int
    start: date
    until: date
    seed: int
    employees: int
    rows: dict[str, int]
    files: list[str]


class SampleError(ValueError):
    """A sample company that cannot be written as asked; the message says why."""


class Company:
    """All processes of one sample company, each with the number of months over which its records live."""

    def __init__(self, world: World) -> None:
        self.world = world
        sales = Sales(world)
        ordering = Ordering(world, sales)
        people = PeopleRecords(world)
        self.accounts = sales.accounts
        self.ledger = Ledger(world, people, ordering)
        self.processes: list[tuple[Process, int]] = [
            (sales, 11),
            (ordering, 10),
            (Service(world, sales.accounts), 6),
            (Development(world), 7),
            (Workflow(world), 5),
            (Quality(world), 7),
            (Technology(world), 10),
            (people, 2),
            (Innovation(world, people), 10),
        ]


class Journal:
    """Rows of records that have begun, kept until the month in which they are exported."""

    def __init__(self, until: int) -> None:
        self.until = until
        self._rows: dict[int, dict[str, list[pl.DataFrame]]] = {}

    def add(self, name: str, rows: pl.DataFrame) -> None:
        """Keep rows by the month of their `_day`; what is exported after the last day is not known yet."""
        known = rows.filter(pl.col("_day") <= self.until)
        days = known["_day"].to_numpy() - UNIX_EPOCH
        starts = days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        for start in np.unique(starts).tolist():
            month = self._rows.setdefault(start + UNIX_EPOCH, {})
            month.setdefault(name, []).append(known.filter(pl.Series(starts == start)))

    def take(self, first: int) -> dict[str, pl.DataFrame]:
        """The rows exported in a month, by export, earlier records first."""
        return {name: pl.concat(parts) for name, parts in sorted(self._rows.pop(first, {}).items())}


def write_sample(
    out: Path,
    *,
    people: int = 300,
    years: int = 3,
    until: date = DEFAULT_UNTIL,
    seed: int = 7,
    workload: Mapping[str, float] | None = None,
) -> SampleSummary:
    """Write the exports of about `people` employees, from 1 July `years` years before up to `until`.

    `workload` makes more happen at the company than its people would have time for: see `Workload`.
    """
    if people < MIN_PEOPLE:
        raise SampleError(f"people is {people}; the sample company has at least {MIN_PEOPLE}")
    start = date(until.year - years, 7, 1)
    if start >= until:
        raise SampleError(
            f"{years} years up to {until} leave no day: history begins on 1 July, here on {start}"
        )
    return _write(out, World(seed, people, start.toordinal(), until.toordinal(), Workload(**workload or {})))


def append_day(out: Path, day: date) -> SampleSummary:
    """Write one more day into exports that end on the day before: earlier files stay, the newest grow."""
    file = out / PARAMETERS
    if not file.exists():
        raise SampleError(f"{file} does not exist; write the sample company there first")
    given = json.loads(file.read_text(encoding="utf-8"))
    last = date.fromisoformat(given["until"])
    if day != last + timedelta(days=1):
        raise SampleError(
            f"the exports in {out} end on {last}; the next day is {last + timedelta(days=1)}, not {day}"
        )
    start = date.fromisoformat(given["start"]).toordinal()
    workload = Workload(**given.get("workload", {}))
    return _write(out, World(given["seed"], given["people"], start, day.toordinal(), workload), only_day=day)


def _write(out: Path, world: World, only_day: date | None = None) -> SampleSummary:
    start, until = world.start_date, date.fromordinal(world.until)
    company = Company(world)
    writer = ExportWriter(out, only_day.toordinal() if only_day else None)
    if only_day is None:
        _write_history(company, writer)
    else:
        _write_newest_month(company, writer)
    _write_ledger(company, writer)
    _write_registers(company, writer)
    parameters = {"people": world.size, "start": str(start), "until": str(until), "seed": world.seed}
    if world.workload != Workload():
        parameters["workload"] = asdict(world.workload)
    (out / PARAMETERS).write_text(json.dumps(parameters, indent=2) + "\n", encoding="utf-8")
    return SampleSummary(
        out,
        world.size,
        start,
        until,
        world.seed,
        len(world.people.persons),
        dict(sorted(writer.rows.items())),
        sorted(writer.files),
    )


def _write_history(company: Company, writer: ExportWriter) -> None:
    journal = Journal(company.world.until)
    for first in months(company.world.start, company.world.until):
        for process, _ in company.processes:
            for name, rows in process.month(first):
                journal.add(name, rows)
        for name, rows in journal.take(first).items():
            writer.write(name, first, rows)


def _write_newest_month(company: Company, writer: ExportWriter) -> None:
    """The newest month again, from the records that may still have something to tell in it."""
    journal = Journal(company.world.until)
    newest = month_start(company.world.until)
    history = months(company.world.start, company.world.until)
    for number, first in enumerate(history):
        for process, life in company.processes:
            if number >= len(history) - life:
                for name, rows in process.month(first):
                    journal.add(name, rows)
    for name, rows in journal.take(newest).items():
        writer.write(name, newest, rows)


def _write_ledger(company: Company, writer: ExportWriter) -> None:
    """The ledger of each year with closed months; when one day is added, only if it closed a month."""
    world = company.world
    closed = [first for first in months(world.start, world.until) if next_month(first) - 1 <= world.until]
    if writer.only_day is not None:
        newest = date.fromordinal(world.until)
        needed = (
            {(newest.year, month) for month in range(1, 13)}
            if closed and next_month(closed[-1]) - 1 == world.until
            else set()
        )
        if (newest.month, newest.day) == (1, 20):
            needed.add((newest.year - 1, 12))
        closed = [first for first in closed if _year_month(first) in needed]
    booked = {first: company.ledger.month(first) for first in closed}
    by_year: dict[int, dict[int, pl.DataFrame]] = {}
    for first, frame in booked.items():
        by_year.setdefault(date.fromordinal(first).year, {})[first] = frame
    restated = company.ledger.restatements(booked).filter(pl.col("_day") <= world.until)
    for day in restated["_day"].unique(maintain_order=True).to_list():
        writer.write("restatements", month_start(day), restated.filter(pl.col("_day") == day))
    for year, frames in by_year.items():
        if writer.only_day is None or year == date.fromordinal(world.until).year:
            writer.write("ledger", min(frames), company.ledger.year(frames))


def _year_month(first: int) -> tuple[int, int]:
    day = date.fromordinal(first)
    return day.year, day.month


def _write_registers(company: Company, writer: ExportWriter) -> None:
    world = company.world
    newest = month_start(world.until)
    writer.write("staff", newest, staff(world))
    writer.write("assignments", newest, assignments(world))
    writer.write("accounts", newest, company.accounts.register())
    writer.write("sla_policies", newest, sla_policies())
    writer.write_workbook(ORGANISATION_WORKBOOK, workbook(world))


__all__ = ["EXPORTS", "SampleError", "SampleSummary", "append_day", "write_sample"]
