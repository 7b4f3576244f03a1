"""Nights as the command line runs them: one on an empty home, and one with a day more."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from bench.process import Measured, measure
from bench.sizes import Size
from ingestion.sample import append_day, write_sample
from orchestration.home import HOME_VARIABLE, PROJECT_ROOT, SAMPLE_PROFILE

LAST_DAY = date(2026, 6, 30)
PUBLISHED = (0, 1)  # exit codes of a night that was published; 1 has findings
STARTING_STAGES = ("definitions",)  # dbt reads the project, Dagster its definitions


@dataclass(frozen=True)
class NightCost:
    """What a night took, in seconds: on the clock, by stage, and for starting Dagster and dbt.

    `work` is the clock without the starting: the interpreter and its imports, the definitions stage, and what
    dbt does before its first model and after its last.
    """

    run_id: str
    clock: float
    starting: float
    stages: dict[str, float]
    models: dict[str, float] = field(repr=False)
    peak_mb: dict[str, float] = field(default_factory=dict)
    rows_landed: int = 0

    @property
    def work(self) -> float:
        return self.clock - self.starting


@dataclass(frozen=True)
class Nights:
    """The whole night of a size and the one after it."""

    whole: NightCost
    incremental: NightCost


def write_company(home: Path, size: Size) -> None:
    """The sample company's exports up to the last day, where a night looks for them."""
    write_sample(
        home / "sample", people=size.people, years=size.years, until=LAST_DAY, workload=size.workload
    )


def two_nights(home: Path) -> Nights:
    """The night of a home with exports and nothing else, then one more day and the night after it."""
    whole = night(home, LAST_DAY)
    next_day = LAST_DAY + timedelta(days=1)
    append_day(home / "sample", next_day)
    return Nights(whole, night(home, next_day))


def night(home: Path, as_of: date, *options: str) -> NightCost:
    """One night of the sample company."""
    command = ["-m", "orchestration", "refresh", "--json", "--profile", str(SAMPLE_PROFILE)]
    done = measure(
        [*command, "--as-of", as_of.isoformat(), *options],
        environment=os.environ | {HOME_VARIABLE: str(home)},
        folder=PROJECT_ROOT,
        good=PUBLISHED,
    )
    return _cost(home, done)


def _cost(home: Path, done: Measured) -> NightCost:
    said = json.loads(done.output.strip().splitlines()[-1])
    stages = said["seconds"]
    models, building = _dbt_work(home / "runs" / said["run_id"])
    starting = done.seconds - sum(stages.values())
    starting += sum(stages.get(stage, 0) for stage in STARTING_STAGES)
    starting += max(0.0, stages["warehouse"] - building)
    return NightCost(
        said["run_id"],
        round(done.seconds, 2),
        round(starting, 2),
        stages,
        models,
        done.peak_mb,
        sum(file["rows_landed"] for file in said["files_new"]),
    )


def _dbt_work(run: Path) -> tuple[dict[str, float], float]:
    """Seconds by model and test of a night's last build, and from the first one to the last."""
    results = [
        json.loads(file.read_text("utf-8"))["results"] for file in sorted(run.glob("dbt_*/run_results.json"))
    ]
    models = {one["unique_id"]: one["execution_time"] for one in results[-1]}
    return models, sum(_span(build) for build in results)


def _span(results: list[dict]) -> float:
    timings = [timing for one in results for timing in one["timing"]]
    begun = min(datetime.fromisoformat(timing["started_at"]) for timing in timings)
    ended = max(datetime.fromisoformat(timing["completed_at"]) for timing in timings)
    return (ended - begun).total_seconds()
