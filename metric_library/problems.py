"""A problem found while reading the library: what is wrong, where, and how to put it right, in English and
Chinese.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One thing that keeps a definition from being used.

    `kind` names what failed: syntax (the YAML), schema (keys and values), reference (an unknown metric,
    measure, dimension or column), formula (an expression), cycle, or denominator (a ratio without one).
    `metric_id` or `semantic_model` names the definition concerned; a file that cannot be read is named by
    its own stem.
    """

    kind: str
    file: Path
    line: int
    message: str
    message_zh: str
    metric_id: str | None = None
    semantic_model: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class DefinitionError(Exception):
    """A definition that cannot be used, raised where it is found; carries the message in both languages."""

    def __init__(self, kind: str, message: str, message_zh: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.message_zh = message_zh
