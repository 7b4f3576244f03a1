"""Years to date and rolling windows in MetricFlow's words: a cumulative metric beside each of the library.

It answers them for every day. The day on which a period ends holds the period's figure.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RunningPeriod:
    """A period that ends with every `ends_with`, in MetricFlow's words and by its first day in SQL.

    `begins` is the first day by our definition and `begins_there` by MetricFlow's, where `{end}` is the last:
    it goes back from a day to the same day of another month, which need not be that month's last.
    """

    ends_with: str
    cumulative: dict[str, Any]
    begins: str
    begins_there: str


def _months(count: int) -> RunningPeriod:
    return RunningPeriod(
        "month",
        {"window": {"count": count, "granularity": "month"}},
        f"cast(date_trunc('month', {{end}}) - interval {count - 1} month as date)",
        f"cast({{end}} - interval {count} month as date) + 1",
    )


RUNNING = {
    "ytd": RunningPeriod(
        "month", {"grain_to_date": "year"}, *["cast(date_trunc('year', {end}) as date)"] * 2
    ),
    "rolling_4_weeks": RunningPeriod(
        "week", {"window": {"count": 4, "granularity": "week"}}, *["{end} - 27"] * 2
    ),
    "rolling_3_months": _months(3),
    "rolling_12_months": _months(12),
}


def running_name(metric: str, period: str) -> str:
    """The metric over a running period. MetricFlow keeps two underscores for itself."""
    return f"{metric}_over_{period}"


def with_running_periods(manifest: dict[str, Any]) -> dict[str, Any]:
    """A semantic manifest with a cumulative metric for each metric and running period that it can say so.

    Left out is what looks at single days (stocks) or at another period (offsets, windows, conversions), and
    whatever is made of these.
    """
    stocks = {
        measure["name"]
        for model in manifest["semantic_models"]
        for measure in model["measures"]
        if measure.get("non_additive_dimension")
    }
    metrics = {metric["name"]: metric for metric in manifest["metrics"]}

    def can_run(metric: dict[str, Any]) -> bool:
        parameters = metric["type_params"]
        if metric["type"] == "simple":
            return parameters["measure"]["name"] not in stocks
        return metric["type"] in ("ratio", "derived") and all(
            not (part.get("offset_window") or part.get("offset_to_grain")) and can_run(metrics[part["name"]])
            for part in _parts(metric)
        )

    running = [
        _running(metric, name, period)
        for metric in metrics.values()
        if can_run(metric)
        for name, period in RUNNING.items()
    ]
    return manifest | {"metrics": [*manifest["metrics"], *running]}


def _parts(metric: dict[str, Any]) -> Iterator[dict[str, Any]]:
    parameters = metric["type_params"]
    if metric["type"] == "ratio":
        yield from (parameters["numerator"], parameters["denominator"])
    else:
        yield from parameters["metrics"]


def _running(metric: dict[str, Any], name: str, period: RunningPeriod) -> dict[str, Any]:
    running = copy.deepcopy(metric)
    running["name"] = running_name(metric["name"], name)
    if metric["type"] == "simple":
        running["type"] = "cumulative"
        running["type_params"]["cumulative_type_params"] = period.cumulative | {"period_agg": "last"}
        return running
    for part in _parts(running):
        # A formula names its inputs.
        part["alias"] = part.get("alias") or (part["name"] if metric["type"] == "derived" else None)
        part["name"] = running_name(part["name"], name)
    return running
