"""The benchmark: `make bench SIZE=S`, or `python -m bench --size S --parts nights,metrics`.

Everything is written below <home>/bench/<size>: the home of its nights, the warehouses, report.{md,json,svg}.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
from pathlib import Path
from typing import Any

from bench.engine import EngineRun, run_engine
from bench.metricflow import MetricFlowRun, run_metricflow, run_running_periods
from bench.nights import LAST_DAY, Nights, two_nights, write_company
from bench.plain_sql import plain_metrics, run_plain_sql
from bench.planning import plan_everything
from bench.process import BenchError
from bench.readers import compare_readers
from bench.report import Figure, Report
from bench.sizes import SIZES, Size
from bench.synthetic import write_profile
from orchestration.home import HOME_VARIABLE, SAMPLE_PROFILE, home_from_environment
from orchestration.limits import duckdb_limits, prepare_limits

PARTS = ("nights", "metrics", "readers", "library_growth", "history_growth", "planning")
MOST_MEMORY_MB = 6000
PLANNED_METRICS = 10
MOST_PLANNING_SECONDS = 30


def main() -> None:
    """Measure the parts asked for, one after the other, and write the report after each."""
    asked = argparse.ArgumentParser(prog="bench", description=__doc__)
    asked.add_argument("--size", choices=SIZES, default="S")
    asked.add_argument("--parts", default=",".join(PARTS))
    given = asked.parse_args()
    prepare_limits()
    folder = home_from_environment().root / "bench" / given.size
    report = Report(given.size, _machine())
    for part in given.parts.split(","):
        _MEASURE[part](SIZES[given.size], folder, report)
        files = report.write(folder)
    print(report.markdown())
    print("\n".join(map(str, files)))


def measure_nights(size: Size, folder: Path, report: Report) -> None:
    """(a) the whole night on an empty home, (b) the night with one more day, (f) their memory."""
    home = _empty(folder / "home")
    write_company(home, size)
    nights = two_nights(home)
    report.measured |= {"whole night": nights.whole, "incremental night": nights.incremental}
    report.figures += night_figures(nights)


def night_figures(nights: Nights) -> list[Figure]:
    """The incremental night as a share of the whole one, and the most memory that a process held."""
    peak = max(peak for night in (nights.whole, nights.incremental) for peak in night.peak_mb.values())
    works = f"{nights.incremental.work:.1f} s / {nights.whole.work:.1f} s, starting taken out"
    return [
        Figure("incremental night / whole night", nights.incremental.work / nights.whole.work, 0.1, works),
        Figure("peak memory of a process, MB", peak, MOST_MEMORY_MB, "both nights"),
    ]


def measure_metrics(size: Size, folder: Path, report: Report) -> None:
    """(c) the engine beside MetricFlow and (d) beside plain SQL, over what the nights have landed.

    The engine's time is for all that it publishes; MetricFlow's is for the levels that it knows.
    """
    landed = _landed(folder)
    warehouse = max(landed.glob("runs/*/warehouse.duckdb"), key=lambda file: file.stat().st_mtime)
    metrics = plain_metrics(warehouse)
    engine = run_engine(_empty(folder / "engine"), landed, SAMPLE_PROFILE, LAST_DAY, metrics)
    plain = run_plain_sql(engine.warehouse, metrics, duckdb_limits())
    if plain.different:
        raise BenchError(f"plain SQL and engine differ in {plain.different} of {plain.rows} rows")
    calendar = run_metricflow(engine, duckdb_limits())
    running, running_by_day = run_running_periods(engine, duckdb_limits(), size.running_sampled)
    report.measured |= {
        "engine": engine,
        "engine models": {"seconds": engine.engine_models},
        "plain SQL": plain,
        "MetricFlow": [
            {"periods": periods} | vars(run) | {"all seconds": round(run.all_seconds, 1)}
            for periods, run in (
                ("calendar", calendar),
                ("running, by the period they end with", running),
                ("running, by their last days alone", running_by_day),
            )
        ],
    }
    report.figures += [
        metricflow_figure("calendar periods", engine, calendar),
        metricflow_figure("all periods", engine, calendar, running),
        metricflow_figure("all periods, by last days", engine, calendar, running_by_day),
        Figure(
            "engine / plain SQL",
            engine.engine_seconds / plain.seconds,
            1.5,
            f"{engine.engine_seconds:.1f} s / {plain.seconds:.1f} s, {plain.rows} equal rows",
        ),
    ]


def metricflow_figure(periods: str, engine: EngineRun, *runs: MetricFlowRun) -> Figure:
    """How much longer MetricFlow takes for these periods than the engine for all that it publishes."""
    seconds = sum(run.all_seconds for run in runs)
    queries = " + ".join(f"{run.queries}{f' ({run.run} ran)' * (run.run < run.queries)}" for run in runs)
    return Figure(
        f"MetricFlow / engine, {periods}",
        seconds / engine.engine_seconds,
        20,
        f"{seconds:.1f} s for {queries} queries / {engine.engine_seconds:.1f} s for {engine.rows} figures",
        at_least=True,
    )


def measure_readers(size: Size, folder: Path, report: Report) -> None:
    """(e) the landing beside DuckDB's readers and dlt, over the same files."""
    readings = compare_readers(_landed(folder), folder / "readers", size.months_read)
    landing, duckdb, dlt = (readings[name] for name in ("landing", "duckdb", "dlt"))
    report.measured |= {"readers": [{"reader": name} | vars(one) for name, one in readings.items()]}
    report.figures += [
        Figure("landing / DuckDB's reader", landing.seconds / duckdb.seconds, 3, f"{landing.rows} rows"),
        Figure("dlt / landing", dlt.seconds / landing.seconds, 5, f"{landing.rows} rows", at_least=True),
    ]


def measure_library_growth(size: Size, folder: Path, report: Report) -> None:
    """Cost per metric as metrics are added, at a small company."""
    landed = _small_company(folder / "growth", size, years=1)
    rows = []
    for count in size.synthetic:
        profile = write_profile(folder / "growth" / f"profile_{count}", count)
        engine = run_engine(_empty(folder / "growth" / f"engine_{count}"), landed, profile, LAST_DAY)
        rows.append(
            {
                "metrics": engine.metrics,
                "components": engine.components,
                "rows": engine.rows,
                "library seconds": engine.library_seconds,
                "engine seconds": round(engine.engine_seconds, 2),
                "engine ms per metric": round(1000 * engine.engine_seconds / engine.metrics, 2),
            }
        )
    report.measured |= {"growth of the library": rows}


def measure_history_growth(size: Size, folder: Path, report: Report) -> None:
    """Cost of the night with one more day, by the years that lie behind it, at a small company."""
    rows = []
    for years in size.histories:
        home = _empty(folder / "growth" / f"years_{years}")
        write_company(home, _small(size, years))
        nights = two_nights(home)
        rows.append(
            {
                "years": years,
                "whole night": round(nights.whole.work, 1),
                "incremental night": round(nights.incremental.work, 1),
                "of it the warehouse": nights.incremental.stages["warehouse"],
            }
        )
    report.measured |= {"growth of history": rows}


def measure_planning(size: Size, _folder: Path, report: Report) -> None:
    """Targets of ten metrics taken apart to every person and month."""
    planned, _ = plan_everything(size.people, PLANNED_METRICS)
    report.measured |= {"planning": planned}
    report.figures.append(
        Figure(
            "planning, seconds",
            planned.seconds,
            MOST_PLANNING_SECONDS,
            f"{planned.people} people × {planned.metrics} metrics × 12 months: {planned.targets} targets, "
            f"{planned.cpu_seconds:.1f} s of processor time",
        )
    )


def _small(size: Size, years: int) -> Size:
    return Size(people=size.growth_people, years=years, workload={}, months_read=1)


def _small_company(folder: Path, size: Size, years: int) -> Path:
    """A home in which a small company's records have landed."""
    home = _empty(folder / "landed")
    write_company(home, _small(size, years))
    two_nights(home)
    return home


def _landed(folder: Path) -> Path:
    home = folder / "home"
    if not (home / "landing").exists():
        raise BenchError(f"nothing has landed in {home}: run the part `nights` first")
    return home


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _machine() -> str:
    limits = ", ".join(f"{name} {value}" for name, value in duckdb_limits().items())
    return f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}; {limits}."


_MEASURE: dict[str, Any] = {
    "nights": measure_nights,
    "metrics": measure_metrics,
    "readers": measure_readers,
    "library_growth": measure_library_growth,
    "history_growth": measure_history_growth,
    "planning": measure_planning,
}

if __name__ == "__main__":
    os.environ.setdefault(HOME_VARIABLE, ".goldthread")
    main()
