"""What was measured as a table with its targets, as JSON, and as a chart."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One ratio with what it is made of. `target` is the most that it may be; `at_least` turns that round."""

    name: str
    value: float
    target: float
    of: str
    at_least: bool = False

    @property
    def is_reached(self) -> bool:
        return self.value >= self.target if self.at_least else self.value <= self.target

    @property
    def row(self) -> tuple[str, str, str, str, str]:
        sign = "≥" if self.at_least else "≤"
        reached = "yes" if self.is_reached else "no"
        return self.name, f"{self.value:.3g}", f"{sign} {self.target:g}", reached, self.of


@dataclass
class Report:
    """Everything that one run measured. `measured` holds the seconds and rows behind the figures, by part."""

    size: str
    machine: str
    figures: list[Figure] = field(default_factory=list)
    measured: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> list[Path]:
        """The report's files in a folder: report.md, report.json, report.svg."""
        folder.mkdir(parents=True, exist_ok=True)
        files = [folder / f"report.{ending}" for ending in ("md", "json", "svg")]
        files[0].write_text(self.markdown(), "utf-8")
        files[1].write_text(json.dumps(as_json(self), ensure_ascii=False, indent=1) + "\n", "utf-8")
        draw(self.figures, files[2])
        return files

    def markdown(self) -> str:
        """The figures beside their targets, then what they are made of."""
        head = ("figure", "reached", "target", "within", "of")
        parts = [
            f"# Benchmark {self.size}",
            self.machine,
            table(head, [figure.row for figure in self.figures]),
        ]
        for name, content in as_json(self.measured).items():
            rows = content if isinstance(content, list) else [content]
            columns = list(
                dict.fromkeys(key for row in rows for key in row if not isinstance(row[key], dict))
            )
            parts += [f"## {name}", table(columns, [[row.get(key, "") for key in columns] for row in rows])]
            parts += [
                f"{key}:\n\n{table(('', ''), largest(row[key]))}"
                for row in rows
                for key in row
                if isinstance(row[key], dict) and row[key]
            ]
        return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def largest(values: dict[str, float], count: int = 15) -> list[tuple[str, float]]:
    """The largest entries, largest first."""
    return sorted(values.items(), key=lambda entry: -entry[1])[:count]


def as_json(value: Any) -> Any:
    """Dataclasses, with their properties left out, as plain values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: as_json(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): as_json(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(entry) for entry in value]
    return value if isinstance(value, int | float | str | None) else str(value)


def draw(figures: Sequence[Figure], file: Path) -> None:
    """Each figure as a share of its target, the target being 1: to the left of the line is good."""
    from matplotlib.figure import Figure as Drawing

    shares = [one.target / one.value if one.at_least else one.value / one.target for one in figures]
    drawing = Drawing(figsize=(9, 0.5 * len(figures) + 1), layout="constrained")
    axes = drawing.subplots()
    colours = ["#2a7f4f" if one.is_reached else "#b5442e" for one in figures]
    bars = axes.barh([one.name for one in figures], shares, color=colours)
    axes.bar_label(bars, [f"{one.value:.3g}" for one in figures], padding=4)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlabel("share of the target (left of the line: reached)")
    axes.invert_yaxis()
    drawing.savefig(file)
