"""Processes that a night starts: they end when it does, and their memory goes back to the machine.

A child that outlives a killed night would go on writing to files that the next night clears away or builds.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

SECONDS_BETWEEN_LOOKS = 0.5
Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class ChildLostError(Exception):
    """A child was ended from outside before it had answered."""


def end_with_parent() -> None:
    """From now on, end this process as soon as the one that started it is gone."""
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def in_child(work: Callable[Given, Answer], *args: Given.args, **kwargs: Given.kwargs) -> Answer:
    """What `work` returns (or raises), done in a process of its own. Raises ChildLostError when that process
    is killed.
    """
    started_clean = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, started_clean, initializer=end_with_parent) as child:
        try:
            return child.submit(work, *args, **kwargs).result()
        except BrokenProcessPool as error:
            raise ChildLostError(work.__name__) from error


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    os._exit(1)
