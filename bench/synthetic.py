"""Profiles with any number of made-up metrics: the sample's ticket measures under filters, alone and divided.

As a library grows, metrics grow faster than what they are made of: the filters of three dimensions and their
combinations are taken in turn, and run out.
"""

from __future__ import annotations

import shutil
from itertools import combinations, cycle, islice, product
from pathlib import Path
from typing import Any

import yaml

from orchestration.home import SAMPLE_PROFILE

MEASURES = (
    "tickets_timed", "ticket_handling_hours", "ticket_pending_hours", "ticket_active_hours",
    "tickets_contacts_counted", "tickets_resolved_first_contact", "tickets_resolved_reopened",
    "tickets_resolvable_first_level",
)  # fmt: skip
DIMENSIONS = {
    "ticket__priority": ("low", "normal", "high", "urgent"),
    "ticket__contact_channel": ("email", "phone", "chat", "web", "other"),
    "ticket__ticket_category": (
        "usage question", "malfunction", "calibration", "software", "spare part", "delivery", "invoice",
    ),
}  # fmt: skip
KPI = {
    "owner": "position:POS-HEAD-SERVICE",
    "steward": "position:POS-SERVICE-ANALYST",
    "approver": "position:POS-CEO",
    "status": "published",
    "direction": "up",
    "valid_range": [0, None],
    "levels": ["company", "division", "department", "team"],
    "grains": ["month", "quarter", "year"],
    "dimensions": ["quantity"],
    "lens": ["effectiveness"],
    "hardness": "hard",
    "population": "Tickets of the benchmark.",
    "null_policy": "null",
    "zero_denominator": "no_data",
    "counter_metrics": ["bench_00001"],
    "freshness": "P2D",
    "review_every": "P6M",
    "applies_to": ["job_family:service"],
}


def write_profile(folder: Path, metrics: int) -> Path:
    """The sample's profile with `metrics` made-up metrics in place of the shipped library."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SAMPLE_PROFILE, folder, ignore=shutil.ignore_patterns("metrics"))
    sources = folder / "sources.yml"
    lines = sources.read_text("utf-8").splitlines()
    lines = ["starter_packs: []" if line.startswith("starter_packs:") else line for line in lines]
    sources.write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "metrics").mkdir()
    for number, (kind, measure, condition) in enumerate(islice(_shapes(), metrics), 1):
        metric = _metric(f"bench_{number:05}", kind, measure, condition)
        text = yaml.safe_dump({"metrics": [metric]}, allow_unicode=True, sort_keys=False)
        (folder / "metrics" / f"{metric['name']}.yml").write_text(text, "utf-8")
    return folder


def _shapes() -> Any:
    """Kind, measure and filter, endlessly: each measure under each filter alone, as a share, per ticket."""
    return cycle(
        (kind, measure, where)
        for where, measure, kind in product(_filters(), MEASURES, ("simple", "share", "mean"))
    )


def _filters() -> list[str]:
    """One value of a dimension, then of two, then of three."""
    return [
        " and ".join(
            f"{{{{ Dimension('{name}') }}}} = '{value}'" for name, value in zip(names, values, strict=True)
        )
        for width in (1, 2, 3)
        for names in combinations(DIMENSIONS, width)
        for values in product(*(DIMENSIONS[name] for name in names))
    ]


def _metric(name: str, kind: str, measure: str, condition: str) -> dict[str, Any]:
    numerator = {"name": measure, "filter": condition}
    below = {"share": {"name": measure}, "mean": {"name": "tickets_timed", "filter": condition}}
    is_simple = kind == "simple"
    return {
        "name": name,
        "label": name,
        "description": f"Made up for the benchmark: {measure}.",
        "type": "simple" if is_simple else "ratio",
        "type_params": {"measure": measure}
        if is_simple
        else {"numerator": numerator, "denominator": below[kind]},
        **({"filter": condition} if is_simple else {}),
        "config": {
            "meta": {
                "kpi": {
                    "name_zh": f"基准测试 {name}",
                    "definition_zh": "为性能测试生成的指标。",
                    "unit": {"kind": "count" if is_simple else "proportion"},
                    **KPI,
                }
            }
        },
    }
