"""The rows of a file between reading and landing: in memory while they are few, on disk beyond that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl

from ingestion.quarantine import ROW


class Spool:
    """Frames kept in their order until the whole file has been read: on disk once `memory_bytes` are full."""

    def __init__(self, folder: Path, name: str, memory_bytes: int) -> None:
        self._folder, self._name, self._free = folder, name, memory_bytes
        self._frames: list[pl.DataFrame | Path] = []
        self.heights: list[int] = []
        self.schema: dict[str, pl.DataType] = {}

    @property
    def height(self) -> int:
        """The rows of all frames."""
        return sum(self.heights)

    def add(self, frame: pl.DataFrame) -> None:
        """Keep a frame; its number is how many there were before it."""
        self.schema.update(frame.schema)
        self.heights.append(frame.height)
        size = frame.estimated_size() if frame.height else 0
        if size <= self._free:
            self._free -= size
            self._frames.append(frame)
        else:
            self._free = 0
            self._frames.append(self._folder / f"{self._name}-{len(self._frames):05}.parquet")
            frame.write_parquet(self._frames[-1], compression="lz4")

    def scan(self, numbers: range | None = None) -> pl.LazyFrame:
        """Some or all frames one below the other; what a frame lacks of the columns of all is NULL there."""
        frames = [self._frames[number] for number in (numbers or range(len(self._frames)))]
        if len(frames) == 1 and isinstance(frames[0], pl.DataFrame) and frames[0].schema == self.schema:
            return frames[0].lazy()  # most files are one frame
        # After the first frame on disk only empty ones stay in memory, so this keeps the order of rows.
        kept = [pl.LazyFrame(schema=self.schema)]
        kept += [frame.lazy() for frame in frames if isinstance(frame, pl.DataFrame)]
        paths = [frame for frame in frames if isinstance(frame, Path)]
        if paths:
            kept.append(pl.scan_parquet(paths, glob=False, schema=self.schema, missing_columns="insert"))
        return pl.concat(kept, how="diagonal")

    def groups(self, rows: int) -> Iterator[range]:
        """The numbers of all frames, cut so that a group has no more than `rows` rows or is one frame."""
        start = height = 0
        for number, more in enumerate(self.heights):
            if number > start and height + more > rows:
                yield range(start, number)
                start, height = number, 0
            height += more
        yield range(start, len(self.heights))

    def parts(self, columns: Sequence[str], key: Sequence[str], rows: int) -> Iterator[pl.DataFrame]:
        """Columns of all rows in parts of about `rows`, each in order; rows of equal key meet in one part."""
        count = -(-self.height // rows)
        if count <= 1:
            yield self.scan().select(columns).collect()
            return
        # One file for each part: one for every piece of it would be as many as the square of the parts.
        paths = [self._folder / f"{self._name}-part-{number}" for number in range(count)]
        for numbers in self.groups(rows):
            frame = self.scan(numbers).select(columns).collect(engine="streaming")
            dealt = frame.with_columns((frame.select(key).hash_rows() % count).alias("_part"))
            for (number,), part in dealt.partition_by("_part", as_dict=True, include_key=False).items():
                _append(paths[number], part)
        for path in filter(Path.exists, paths):
            yield pl.concat(_appended(path))
            path.unlink()


def _append(path: Path, frame: pl.DataFrame) -> None:
    """Add a frame to the end of a file: its length in 8 bytes, then itself."""
    buffer = BytesIO()
    frame.write_ipc_stream(buffer)
    with path.open("ab") as file:
        file.write(buffer.tell().to_bytes(8))
        file.write(buffer.getbuffer())


def _appended(path: Path) -> Iterator[pl.DataFrame]:
    """The frames that were added to a file."""
    with path.open("rb") as file:
        while length := file.read(8):
            yield pl.read_ipc_stream(BytesIO(file.read(int.from_bytes(length))))


class RowSet:
    """A set of row numbers below `size`, a bit for each."""

    def __init__(self, size: int) -> None:
        self._bits = np.zeros(size // 8 + 1, dtype=np.uint8)

    def add(self, rows: pl.Series) -> None:
        """Add row numbers to the set."""
        numbers = rows.to_numpy()
        np.bitwise_or.at(self._bits, numbers >> 3, (1 << (numbers & 7)).astype(np.uint8))

    def holds(self, rows: pl.Series) -> pl.Series:
        """Whether each of some row numbers is in the set."""
        numbers = rows.to_numpy()
        return pl.Series(rows.name, self._bits[numbers >> 3] >> (numbers & 7) & 1).cast(pl.Boolean)

    @property
    def condition(self) -> pl.Expr:
        """Picks the rows that are in the set, a morsel at a time."""
        return pl.col(ROW).map_batches(self.holds, return_dtype=pl.Boolean, is_elementwise=True)
