"""Work on the parts of a file: several at once, what comes of them in the order of the file."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from ingestion.readers import RefusedFileError

Part = TypeVar("Part")
Result = TypeVar("Result")


class WorkAhead(Generic[Part, Result]):
    """What `work` makes of each part, in their order, while `workers` threads are at the next ones.

    It begins at once, before anybody asks. No more than one part beyond those worked on is drawn. A part that
    cannot be drawn refuses the file where it stands: after all that comes before it.
    """

    def __init__(self, work: Callable[[Part], Result], parts: Iterator[Part], workers: int) -> None:
        self._work, self._parts, self._workers = work, parts, workers
        self._pool = ThreadPoolExecutor(workers)
        self._coming: deque[Future[Result]] = deque()
        self._end: StopIteration | RefusedFileError | None = None
        self._draw()

    def __iter__(self) -> Iterator[Result]:
        with self._pool:
            while self._coming:
                yield self._coming.popleft().result()
                self._draw()
        if isinstance(self._end, RefusedFileError):
            raise self._end

    def _draw(self) -> None:
        while self._end is None and len(self._coming) <= self._workers:
            try:
                part = next(self._parts)
            except (StopIteration, RefusedFileError) as stopped:
                self._end = stopped
            else:
                self._coming.append(self._pool.submit(self._work, part))
