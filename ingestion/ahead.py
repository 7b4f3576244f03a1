"""Work on the parts of a file: several at once, what comes of them in the order of the file."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from ingestion.readers import RefusedFileError

Part = TypeVar("Part")
Result = TypeVar("Result")


def worked_ahead(work: Callable[[Part], Result], parts: Iterator[Part], workers: int) -> Iterator[Result]:
    """What `work` makes of each part, in their order, while `workers` threads are at the next ones.

    No more than one part beyond those is drawn. A part that cannot be drawn refuses the file where it stands:
    after all that comes before it.
    """
    coming: deque[Future[Result]] = deque()
    end: StopIteration | RefusedFileError | None = None
    with ThreadPoolExecutor(workers) as pool:
        while end is None or coming:
            while end is None and len(coming) <= workers:
                try:
                    coming.append(pool.submit(work, next(parts)))
                except (StopIteration, RefusedFileError) as stopped:
                    end = stopped
            if coming:
                yield coming.popleft().result()
    if isinstance(end, RefusedFileError):
        raise end
