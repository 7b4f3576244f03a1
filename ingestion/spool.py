"""Frames collected one by one: in memory for ordinary files, on disk for large ones."""

from __future__ import annotations

from pathlib import Path

import polars as pl


class Spool:
    """Batches of rows kept until the whole file has been read: in memory, or on disk for a large file."""

    def __init__(self, folder: Path, name: str, *, on_disk: bool) -> None:
        self._folder, self._name, self._on_disk = folder, name, on_disk
        self._frames: list[pl.LazyFrame] = []

    @property
    def is_empty(self) -> bool:
        return not self._frames

    def add(self, frame: pl.DataFrame) -> None:
        if self._on_disk:
            path = self._folder / f"{self._name}-{len(self._frames):05}.parquet"
            frame.write_parquet(path, compression="lz4")
            self._frames.append(pl.scan_parquet(path, glob=False))
        else:
            self._frames.append(frame.lazy())

    def scan(self) -> pl.LazyFrame:
        """All frames one below the other; a column that some of them lack is NULL there."""
        return pl.concat(self._frames, how="diagonal")
