"""Runs of processes and their steps, as a workflow engine records them.

Production goes round the clock on workdays, from preparation to packing; a stage that fails is repeated once.
Purchasing waits for one approval, or for two where the sum is large.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from ingestion.sample.calendar import days_of, is_workday
from ingestion.sample.draws import key
from ingestion.sample.frames import (
    DAY,
    HOUR,
    NEVER,
    as_of,
    day_of,
    delayed,
    ident,
    latest,
    moment,
    named,
    on_workday,
    running_numbers,
    stamp,
    versions,
    with_duplicates,
)
from ingestion.sample.sales import Rows
from ingestion.sample.world import World

LONGEST_RUN_DAYS = 150
YES_NO = ["N", "Y"]
LINES = ["OU-TEAM-ASSEMBLY-1", "OU-TEAM-ASSEMBLY-2"]


@dataclass(frozen=True)
class Stage:
    """One step of a process; hours are medians, `fails` and `bot` chances, `only` the share that needs it."""

    name: str
    kind: str
    group: str
    queue_hours: float
    work_hours: float
    fails: float = 0.0
    bot: float | None = None  # None: no machine could do it
    adds_value: bool = False
    only: float = 1.0


@dataclass(frozen=True)
class Process:
    """A process with its stages; a workday's work starts at `begin` and lasts `hours`."""

    name: str
    prefix: str
    is_key: bool
    per_head: float
    groups: tuple[str, ...]
    units: tuple[str, ...]
    begin: int
    hours: int
    spread: float  # of the time in queues
    stages: tuple[Stage, ...]


PROCESSES = (
    Process(
        "production",
        "WO",
        True,
        0.13,
        ("assemble",),
        tuple(LINES),
        0,
        24,
        0.15,
        (
            Stage("preparation", "work", "pack", 5.0, 1.4, 0.012, 0.35),
            Stage("assembly", "work", "assemble", 7.0, 5.5, 0.03, adds_value=True),
            Stage("test", "inspection", "calibrate", 6.0, 1.8, 0.055, 0.45, adds_value=True),
            Stage("packing", "transport", "pack", 3.0, 0.6, 0.008, 0.2),
        ),
    ),
    Process(
        "purchasing",
        "PR",
        False,
        0.32,
        ("buy",),
        ("OU-DEP-PROCUREMENT",),
        8,
        10,
        0.75,
        (
            Stage("request", "work", "buy", 0.5, 0.4, 0.04),
            Stage("approval", "approval", "approve_purchase", 6.0, 0.2, 0.03),
            Stage("second approval", "approval", "approve_3", 11.0, 0.2, 0.02, only=0.35),
            Stage("order", "work", "buy", 2.0, 0.6, 0.01, 0.55, adds_value=True),
        ),
    ),
)


@dataclass
class Execution:
    """One attempt at a stage by every case of a month; NEVER where a case needs none."""

    stage: Stage
    attempt: int
    number: int
    received: np.ndarray
    started: np.ndarray
    finished: np.ndarray
    failed: np.ndarray


@dataclass
class Cases:
    """Cases of one process opened in one month."""

    process: Process
    ids: pl.Series
    keys: np.ndarray
    day: np.ndarray
    unit: np.ndarray
    opened: np.ndarray
    closed: np.ndarray
    cancelled: np.ndarray
    executions: list[Execution]


def after_working(moments: np.ndarray, hours: np.ndarray, begin: int, length: int) -> np.ndarray:
    """The moments `hours` of work later, where a workday's work starts at `begin` and lasts `length`."""
    if not len(moments):
        return moments
    days = day_of(moments)
    workdays = np.array(
        [day for day in range(int(days.min()), int(days.max()) + 3 * LONGEST_RUN_DAYS) if is_workday(day)]
    )
    position = np.searchsorted(workdays, days)
    today = np.clip(moments % DAY / HOUR - begin, 0, length)
    total = position * length + np.where(workdays[position] == days, today, 0) + hours
    index = np.minimum(total // length, len(workdays) - 1).astype(np.int64)
    return moment(workdays[index], ((begin + total % length) * HOUR).astype(np.int64))


class Workflow:
    """The processes of the workflow engine, month by month."""

    def __init__(self, world: World) -> None:
        self.world = world

    def month(self, first: int) -> Rows:
        """Every row that follows from the cases opened in one month."""
        months = [self._cases(process, first) for process in PROCESSES]
        return [
            ("process_cases", pl.concat([self._case_rows(cases) for cases in months])),
            ("process_steps", pl.concat([self._step_rows(cases) for cases in months])),
        ]

    def _cases(self, process: Process, first: int) -> Cases:
        draws, name = self.world.draws, process.name
        days = days_of(first)
        counts = self.world.births(f"{name}/case", days, process.per_head, process.groups)
        day, number = np.repeat(days, counts), running_numbers(counts)
        keys = key(day, number)
        # Work is released evenly over the day, not at its beginning.
        share = (number + draws.uniform(f"{name}/release", keys)) / np.maximum(np.repeat(counts, counts), 1)
        opened = moment(on_workday(day), ((process.begin + share * process.hours) * HOUR).astype(np.int64))
        executions = self._executions(process, keys, opened)
        closed = np.max([np.where(e.finished < NEVER, e.finished, 0) for e in executions], axis=0)
        cancelled = draws.chance(f"{name}/cancelled", keys, 0.015)
        return Cases(
            process=process,
            ids=ident(process.prefix, day, number, 4),
            keys=keys,
            day=day,
            unit=number % len(process.units),
            opened=opened,
            closed=closed.astype(np.int64),
            cancelled=cancelled,
            executions=executions,
        )

    def _executions(self, process: Process, keys: np.ndarray, opened: np.ndarray) -> list[Execution]:
        draws = self.world.draws
        executions: list[Execution] = []
        reached, asked = opened, np.ones(len(keys), dtype=bool)
        for stage in process.stages:
            needed = draws.chance(f"{stage.name}/needed", keys, stage.only)
            for attempt in (1, 2):
                asked = needed if attempt == 1 else executions[-1].failed
                who = key(keys, len(executions))
                queue = draws.lognormal(f"{stage.name}/queue", who, stage.queue_hours, process.spread)
                work = draws.lognormal(f"{stage.name}/work", who, stage.work_hours, 0.35)
                started = after_working(reached, queue, process.begin, process.hours)
                finished = after_working(started, work, process.begin, process.hours)
                failed = asked & draws.chance(f"{stage.name}/fails", who, stage.fails if attempt == 1 else 0)
                executions.append(
                    Execution(
                        stage,
                        attempt,
                        len(executions) + 1,
                        np.where(asked, reached, NEVER),
                        np.where(asked, started, NEVER),
                        np.where(asked, finished, NEVER),
                        failed,
                    )
                )
                reached = np.where(asked, finished, reached)
        return executions

    def _case_rows(self, cases: Cases) -> pl.DataFrame:
        draws, process = self.world.draws, cases.process
        index, day = versions(cases.opened, cases.closed)
        closed = as_of(cases.closed, index, day)
        held = draws.chance("case/held", cases.keys, 0.04)
        hold = np.where(held, np.round(draws.lognormal("case/hold", cases.keys, 6, 0.5), 1), 0.0)
        units = 1 + draws.integers("case/units", cases.keys, 0, 6)
        known = closed < NEVER
        frame = pl.DataFrame(
            {
                "_day": day,
                "单号": cases.ids.gather(index),
                "流程": pl.repeat(process.name, len(index), eager=True),
                "关键": pl.repeat(YES_NO[process.is_key], len(index), eager=True),
                "提出时间": stamp(cases.opened[index]),
                "完成时间": stamp(closed),
                "作废": named((known & cases.cancelled[index]).astype(int), YES_NO),
                "客户等待(小时)": hold[index],
                "合格数": pl.Series(np.where(known & ~cases.cancelled[index], units[index], 0)),
                "班组": named(cases.unit[index], list(process.units)),
                "修改时间": stamp(latest(cases.opened[index], closed)),
            }
        )
        return with_duplicates(frame, draws, f"{process.name}/case", key(cases.keys[index], day), 0.002)

    def _step_rows(self, cases: Cases) -> pl.DataFrame:
        """A row for each finished execution, with the machine key of the step before where one came."""
        frames, before = [], np.zeros(len(cases.keys), dtype=np.int64)
        for execution in cases.executions:
            frames.append(self._execution_rows(cases, execution, before))
            before = np.where(execution.finished < NEVER, execution.number, before)
        return pl.concat(frames)

    def _execution_rows(self, cases: Cases, execution: Execution, before: np.ndarray) -> pl.DataFrame:
        happened = np.flatnonzero(execution.finished < NEVER)
        stage, draws = execution.stage, self.world.draws
        who, case = key(cases.keys[happened], execution.number), cases.ids.gather(happened)
        years = (cases.day[happened] - self.world.start) / 365.25
        days = day_of(execution.finished[happened])
        robot = draws.chance(
            "step/bot", who, np.clip(stage.bot + 0.06 * years, 0, 0.9) if stage.bot is not None else 0.0
        )
        actor = self.world.roster.pick(stage.group, days, draws.uniform("step/by", who))
        # Some keys lead nowhere: whoever typed them had another order on the table.
        keyed = draws.chance("step/keyed", who, np.clip(0.74 + 0.05 * years, 0, 0.97))
        source = np.where(draws.chance("step/mistyped", who, 0.012), 99, before[happened])
        handed = pl.select(pl.format("{}/{}", case, pl.Series(source))).to_series()
        by = pl.DataFrame({"id": named(np.where(robot, -1, actor), self.world.roster.ids), "bot": robot})
        return pl.DataFrame(
            {
                "_day": delayed(draws, "step/export", who, days, 0.003),
                "id": pl.select(pl.format("{}/{}", case, pl.lit(execution.number))).to_series(),
                "case": case,
                "stage": [stage.name] * len(happened),
                "kind": [stage.kind] * len(happened),
                "attempt": [execution.attempt] * len(happened),
                "received": stamp(execution.received[happened]),
                "started": stamp(execution.started[happened]),
                "finished": stamp(execution.finished[happened]),
                "result": named(execution.failed[happened].astype(int), ["OK", "NOK"]),
                "from": handed.set(pl.Series(~keyed | (before[happened] == 0)), None),
                "automatable": [stage.bot is not None] * len(happened),
                "adds_value": [stage.adds_value] * len(happened),
                "by": by.to_struct("by"),
            },
            schema_overrides={
                "stage": pl.String,
                "kind": pl.String,
                "attempt": pl.Int64,
                "automatable": pl.Boolean,
                "adds_value": pl.Boolean,
            },
        )
