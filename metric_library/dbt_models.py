"""What the dbt project's SQL says about where a fact comes from, read without dbt.

Only `ref()` and the naming grammar are used: a staging model `stg_<domain>__<table>` stands for one
canonical table.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from functools import cached_property
from pathlib import Path

_REF = re.compile(r"\bref\(\s*['\"](\w+)['\"]\s*\)")
_STAGING = re.compile(r"^stg_([a-z0-9]+)__(\w+)$")
_COMMENT = re.compile(r"\{#.*?#\}|--[^\n]*", re.DOTALL)


class DbtModels:
    """The SQL models of a dbt project by name."""

    def __init__(self, project_dir: Path) -> None:
        self.project_dir = project_dir
        self._inputs: dict[str, tuple[str, ...]] = {}

    @cached_property
    def files(self) -> dict[str, Path]:
        """Model name → its SQL file."""
        return {file.stem: file for file in sorted((self.project_dir / "models").rglob("*.sql"))}

    @cached_property
    def _macro_inputs(self) -> dict[str, tuple[str, ...]]:
        """Macro name → models that it refers to."""
        inputs: dict[str, tuple[str, ...]] = {}
        for file in sorted((self.project_dir / "macros").rglob("*.sql")):
            for name, body in re.findall(
                r"\{%-?\s*macro\s+(\w+)\s*\(.*?-?%\}(.*?)\{%-?\s*endmacro",
                file.read_text(encoding="utf-8"),
                re.DOTALL,
            ):
                inputs[name] = tuple(dict.fromkeys(_REF.findall(_COMMENT.sub("", body))))
        return inputs

    def inputs(self, model: str) -> tuple[str, ...]:
        """Models that a model reads, its macros' included, in the order of its text."""
        if model not in self._inputs:
            file = self.files.get(model)
            text = _COMMENT.sub("", file.read_text(encoding="utf-8")) if file else ""
            names = _REF.findall(text)
            for macro, inputs in self._macro_inputs.items():
                if inputs and re.search(rf"\b{macro}\s*\(", text):
                    names += inputs
            self._inputs[model] = tuple(dict.fromkeys(name for name in names if name != model))
        return self._inputs[model]

    def upstream(self, model: str) -> tuple[str, ...]:
        """The model and everything that it is built from, each once, nearest first."""
        found: dict[str, None] = {}
        pending = [model]
        while pending:
            name = pending.pop(0)
            if name not in found:
                found[name] = None
                pending += self.inputs(name)
        return tuple(found)

    def tables(self, model: str) -> tuple[str, ...]:
        """Canonical tables (`sales.orders`) that a model is finally built from, sorted."""
        return tuple(sorted(table for name in self.upstream(model) if (table := table_of(name))))

    def domain(self, model: str) -> str:
        """The domain whose records a fact holds; `shared` when it rests on none.

        People and org units serve the facts of every domain, so hr counts only where nothing else is read.
        """
        domains = Counter(table.split(".")[0] for table in self.tables(model))
        domains.pop("library", None)
        if len(domains) > 1:
            domains.pop("hr", None)
        return min(domains, key=lambda name: (-domains[name], name)) if domains else "shared"

    def sql_hash(self, model: str) -> str:
        """SHA-256 over the SQL of a model and of all that it is built from."""
        digest = hashlib.sha256()
        for name in sorted(self.upstream(model)):
            if file := self.files.get(name):
                digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
        return digest.hexdigest()


def table_of(model: str) -> str | None:
    """The canonical table that a staging model stands for; None for other models."""
    match = _STAGING.match(model)
    return f"{match[1]}.{match[2]}" if match else None
