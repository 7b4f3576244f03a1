"""The files of a table as judged batches; the next file is begun while one is being landed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise

import polars as pl

from ingestion.ahead import WorkAhead
from ingestion.batches import JudgedBatch, judge_batch
from ingestion.files import SourceFile
from ingestion.readers import Piece, RefusedFileError, read_pieces
from ingestion.readers.records import read_rows
from ingestion.store import Landing

Batches = WorkAhead[Piece, JudgedBatch]


class FileReader:
    """Reads the files of a table, in their order or as far as they are asked for."""

    def __init__(self, landing: Landing, files: Sequence[SourceFile]) -> None:
        self._landing = landing
        self._following = {file.slot: following for file, following in pairwise(files)}
        self._begun: dict[tuple[str, int, str], Batches] = {}

    def batches(self, file: SourceFile) -> Iterator[JudgedBatch]:
        """The batches of a file. Raises RefusedFileError where it cannot be read as a whole."""
        yield from self._begun.pop(file.slot, None) or self._begin(file)
        following = self._following.get(file.slot)
        # What is wrong with the next file is said of that one, in its turn.
        with suppress(RefusedFileError, OSError):
            if following and self._is_new(following):
                self._begun[following.slot] = self._begin(following)

    def _begin(self, file: SourceFile) -> Batches:
        block_bytes, plan = self._landing.limits.block_bytes, file.plan
        if file.path is None:
            pieces = read_rows(plan.mapping.rows)
        else:
            pieces = read_pieces(file.path, plan.mapping.format, block_bytes)
        # One more than polars has threads, for what Python does between its steps.
        return WorkAhead(lambda piece: judge_batch(piece(), plan), pieces, pl.thread_pool_size() + 1)

    def _is_new(self, file: SourceFile) -> bool:
        """Whether a file is sure to be loaded: no load has its content."""
        loads = self._landing.loads(file.plan.contract.table)
        return all(load.content_id != file.content_id for load in loads)
