"""What is to be loaded from one file into one table, and under which identity."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from ingestion.contract import Contract
from ingestion.files import SourceFile
from ingestion.load import Load
from ingestion.profile import Profile
from ingestion.store import Landing


@dataclass(frozen=True)
class Task:
    """One file to load.

    `answers_for`: the loads whose records the file has to hold again, or else they are deleted; None when
    what is missing says nothing. `retry_of`: the load whose waiting rows are tried again, instead of a file.
    """

    profile: Profile
    contract: Contract
    landing: Landing
    file: SourceFile
    content_id: str
    load_id: str
    sequence: int
    run_id: str
    answers_for: frozenset[str] | None = None
    retry_of: Load | None = None
    loaded_at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(tzinfo=None))

    @property
    def row_sequence(self) -> int:
        """Rows tried again keep their place in time: what was corrected since stays the newer."""
        load = self.retry_of
        return (load.row_sequence or load.sequence) if load else self.sequence

    @property
    def file_sha256(self) -> str:
        return self.retry_of.file_sha256 if self.retry_of else self.file.sha256
