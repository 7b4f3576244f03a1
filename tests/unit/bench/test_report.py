"""The report of the benchmark holds every figure, with its target and what it is made of."""

from datetime import date
from pathlib import Path

import pytest

from bench.__main__ import night_figures
from bench.nights import NightCost, Nights
from bench.report import Figure, Report, as_json
from bench.synthetic import write_profile
from quality.check import run_check


def cost(clock: float, starting: float, memory: float) -> NightCost:
    return NightCost("run", clock, starting, {"warehouse": 5.0}, {"model": 1.0}, {"dbt build": memory})


def test_an_incremental_night_is_compared_without_its_start():
    share, memory = night_figures(Nights(cost(110, 10, 900), cost(18, 10, 700)))
    assert (share.value, share.is_reached) == (0.08, True)
    assert (memory.value, memory.is_reached) == (900, True)


@pytest.mark.parametrize(
    ("value", "at_least", "is_reached"), [(5, True, True), (4.9, True, False), (5, False, True)]
)
def test_a_target_is_the_least_or_the_most(value: float, at_least: bool, is_reached: bool):
    assert Figure("one / other", value, 5, "", at_least=at_least).is_reached is is_reached


def test_the_report_says_what_was_measured():
    report = Report("XS", "2 processors")
    report.figures.append(Figure("dlt / landing", 6.5, 5, "8813 rows", at_least=True))
    report.measured["whole night"] = cost(110, 10, 900)
    text = report.markdown()
    assert "| dlt / landing | 6.5 | ≥ 5 | yes | 8813 rows |" in text
    assert "| run | 110 | 10 |" in text
    assert "| dbt build | 900 |" in text
    assert as_json(report)["measured"]["whole night"]["clock"] == 110


def test_made_up_metrics_are_definitions_like_others(tmp_path: Path):
    profile = write_profile(tmp_path / "profile", 60)
    library = run_check(profile, as_of=date(2026, 6, 30)).library
    assert sum(name.startswith("bench_") for name in library.computable) == 60
    assert not library.held_out
