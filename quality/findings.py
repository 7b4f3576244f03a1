"""A finding: one thing that a rule found wrong, with its place and its words in English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True)
class Finding:
    """`file` and `line` point at what a person would edit; a waived finding says by whom and until when
    (exclusive).
    """

    rule_id: str
    severity: Severity
    object_type: str
    object_id: str
    file: Path
    line: int
    message: str
    message_zh: str
    waived_by: str | None = None
    waiver_expires_on: date | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has waived it."""
        return self.waived_by is None

    @property
    def order(self) -> tuple[int, str, str, int, str]:
        """Sorting: gravest first, then by place."""
        return (SEVERITIES.index(self.severity), self.rule_id, str(self.file), self.line, self.object_id)
