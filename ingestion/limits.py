"""How much the landing holds in memory at once, worked out from one figure.

Each share is a part of the memory that a process may take, so that all of them together, with what polars
needs to work on them, stay within it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.readers.text import BLOCK_BYTES

DEFAULT_MEMORY_BYTES = 1_500_000_000
# Shares of the memory that there is for each byte of a block, of which a few are worked on at once.
PER_BLOCK_BYTE = 180


@dataclass(frozen=True)
class Limits:
    """What the landing may hold at once; with the default memory the figures that stand behind each."""

    memory_bytes: int = DEFAULT_MEMORY_BYTES

    @property
    def block_bytes(self) -> int:
        """Bytes of a file that one thread takes apart and judges at once (4 MB), while others do the next."""
        return max(1, min(BLOCK_BYTES, self.memory_bytes // PER_BLOCK_BYTE))

    @property
    def spooled_bytes(self) -> int:
        """Bytes of a file's rows that one spool keeps before it goes on on disk (94 MB)."""
        return self.memory_bytes // 16

    @property
    def rows_at_once(self) -> int:
        """Rows of a file that are judged at once, beside what is known of them (300,000)."""
        return max(1, self.memory_bytes // 5000)

    @property
    def cached_rows(self) -> int:
        """Known rows that stay in memory from file to file, over all tables (2.5 million)."""
        return self.memory_bytes // 600

    @property
    def cached_table(self) -> int:
        """Rows of a table above which its known rows are looked up instead: bringing them up to date takes
        them twice.
        """
        return self.cached_rows // 2
