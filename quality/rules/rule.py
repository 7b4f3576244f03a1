"""What a rule is, and what it looks at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from metric_library.library import Library, Metric
from metric_library.normal_form import components_of
from metric_library.requirements import Connected, requirements, unmet
from quality.company import Company, Row, holds
from quality.findings import Finding, Severity
from quality.people import People

LIVE_STATUSES = ("published", "retiring")
ENDED_STATUSES = ("draft", "retired", "rejected")
CARRYING_ROLES = ("owner", "collaborator")
MOST_NAMES = 5


@dataclass(frozen=True)
class Subject:
    """What the rules look at: the library, and the company that uses it when a profile is given."""

    library: Library
    as_of: date
    company: Company | None = None
    connected: Connected | None = None

    def rows(self, table: str) -> list[Row]:
        """Rows of a strategy table; none without a company."""
        return self.company.rows(table) if self.company else []

    def rows_in_force(self, table: str) -> list[Row]:
        """Rows of a dated strategy table that hold on the as-of day."""
        return [row for row in self.rows(table) if holds(row, self.as_of)]

    @cached_property
    def people(self) -> People | None:
        """Positions, units and who holds what; None without a company."""
        return People(self.company, self.as_of) if self.company else None

    @cached_property
    def not_computable(self) -> Mapping[str, tuple[str, ...]]:
        """KPIs whose needs no source meets, each with what is missing."""
        if self.connected is None:
            return {}
        lacking = {
            name: unmet(
                (n for c in components_of(self.library, name) for n in requirements(self.library, c)),
                self.connected,
            )
            for name in self.library.computable
        }
        return {name: needs for name, needs in lacking.items() if needs}

    @cached_property
    def live(self) -> Mapping[str, Metric]:
        """KPIs that are published, sound and fed by the company's sources."""
        return {
            name: metric
            for name, metric in self.library.computable.items()
            if metric.kpi and metric.kpi.status in LIVE_STATUSES and name not in self.not_computable
        }


class Rule(ABC):
    """One rule. `holds_out` says that what it finds keeps a metric from being computed."""

    rule_id: ClassVar[str]
    severity: ClassVar[Severity]
    title: ClassVar[str]
    title_zh: ClassVar[str]
    holds_out: ClassVar[bool] = False

    @abstractmethod
    def check(self, subject: Subject) -> Iterator[Finding]:
        """Every violation."""

    def metric(self, metric: Metric, line: int, message: str, message_zh: str) -> Finding:
        """A finding about a metric."""
        return self.at("metric", metric.metric_id, metric.file, line, message, message_zh)

    def row(self, row: Row, object_type: str, object_id: str, message: str, message_zh: str) -> Finding:
        """A finding about a row of a strategy table."""
        return self.at(object_type, object_id, row["_file"], row["_line"], message, message_zh)

    def goal(self, goal: Row, message: str, message_zh: str) -> Finding:
        """A finding about a goal."""
        return self.row(goal, "goal", goal["goal_id"], message, message_zh)

    def edge(self, edge: Row, message: str, message_zh: str) -> Finding:
        """A finding about an edge of the cascade."""
        return self.row(edge, "cascade_edge", edge["edge_id"], message, message_zh)

    def at(
        self, object_type: str, object_id: str, file: Path, line: int, message: str, message_zh: str
    ) -> Finding:
        """A finding at a place."""
        return Finding(self.rule_id, self.severity, object_type, object_id, file, line, message, message_zh)


def listed(names: Sequence[str]) -> str:
    """The first few of some names, as a message tells them."""
    return ", ".join(names[:MOST_NAMES]) + (" …" if len(names) > MOST_NAMES else "")
