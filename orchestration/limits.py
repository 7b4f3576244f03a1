"""How much of the machine a night may take: memory and threads, as the environment says."""

from __future__ import annotations

import os
import re

MEMORY_VARIABLE = "GOLDTHREAD_MEMORY_LIMIT"
THREADS_VARIABLE = "GOLDTHREAD_THREADS"
DEFAULTS = {MEMORY_VARIABLE: "1500MB", THREADS_VARIABLE: "2"}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT])i?B\s*", re.IGNORECASE)
_BYTES = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
# Memory that a record takes while its figures are computed beside another model; half of it was seen alone.
BYTES_PER_RECORD = 2500


def prepare_limits() -> None:
    """Set what the environment leaves open, for this process and those that it starts.

    Raises ValueError for a limit that is not one.
    """
    for variable, default in DEFAULTS.items():
        os.environ.setdefault(variable, default)
    memory_bytes()


def duckdb_limits() -> dict[str, str | int]:
    """The limits as DuckDB's settings."""
    return {
        "memory_limit": os.environ.get(MEMORY_VARIABLE, DEFAULTS[MEMORY_VARIABLE]),
        "threads": int(os.environ.get(THREADS_VARIABLE, DEFAULTS[THREADS_VARIABLE])),
    }


def memory_bytes() -> int:
    """The memory limit of one process, in bytes."""
    text = str(duckdb_limits()["memory_limit"])
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"{MEMORY_VARIABLE} is '{text}': write a size such as 1500MB or 4GB.")
    return int(float(match[1]) * _BYTES[match[2].upper()])


def batch_records() -> int:
    """How many records of the facts are computed at once."""
    return memory_bytes() // BYTES_PER_RECORD
