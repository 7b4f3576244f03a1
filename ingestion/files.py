"""Finding the files of a mapping, and knowing a file by its content."""

from __future__ import annotations

import glob
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ingestion.digests import file_sha256
from ingestion.plan import TablePlan
from ingestion.readers import RefusedFileError


@dataclass(frozen=True)
class SourceFile:
    """One file of a mapping, or the rows in the profile. `name` is relative to the source's root."""

    plan: TablePlan
    name: str
    path: Path | None

    @property
    def source(self) -> str:
        return self.plan.source

    @property
    def slot(self) -> tuple[str, int, str]:
        """What stays the same when the file changes."""
        return self.plan.source, self.plan.position, self.name

    @cached_property
    def sha256(self) -> str:
        if self.path is None:
            rows = json.dumps(self.plan.mapping.rows, sort_keys=True, ensure_ascii=False, default=str)
            return hashlib.sha256(rows.encode()).hexdigest()
        try:
            return file_sha256(self.path)
        except OSError as error:
            raise RefusedFileError("missing", f"the file cannot be read: {error.strerror}") from None

    @cached_property
    def content_id(self) -> str:
        """Equal for equal content, mapping and contract."""
        return hashlib.sha256(f"{self.sha256}|{self.plan.fingerprint}".encode()).hexdigest()[:16]


def source_files(plan: TablePlan) -> tuple[list[SourceFile], list[str]]:
    """The files of a mapping, path by path and by name within a pattern; and the paths without any."""
    if plan.mapping.rows is not None:
        return [SourceFile(plan, f"sources.yml#{plan.source}.{plan.contract.table}", None)], []
    names: dict[str, None] = {}
    missing: list[str] = []
    for pattern in plan.mapping.path:
        matches = sorted(glob.glob(pattern, root_dir=plan.root, recursive=True))
        found = [Path(name).as_posix() for name in matches if (plan.root / name).is_file()]
        if not found:
            missing.append(pattern)
        names.update(dict.fromkeys(found))
    return [SourceFile(plan, name, plan.root / name) for name in names], missing
