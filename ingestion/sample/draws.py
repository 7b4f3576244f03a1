"""Random numbers that are addressed, not consumed.

A number is a function of the seed, a stream name and a key (a person, a day, a ticket), so that what
happens on a day never depends on how many numbers other days took: the export of one more day leaves every
earlier row as it was.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def _mix(values: np.ndarray) -> np.ndarray:
    """The finaliser of splitmix64: one bit of input changes half of the bits of output."""
    with np.errstate(over="ignore"):
        values = values + _GOLDEN
        values = (values ^ (values >> np.uint64(30))) * _MIX_1
        values = (values ^ (values >> np.uint64(27))) * _MIX_2
        return values ^ (values >> np.uint64(31))


@lru_cache(maxsize=4096)
def _salt(seed: int, stream: str) -> np.uint64:
    return np.uint64(int.from_bytes(blake2b(f"{seed}/{stream}".encode(), digest_size=8).digest(), "little"))


def key(*parts: np.ndarray | int) -> np.ndarray:
    """One key out of several whole numbers, such as a day and a running number."""
    mixed = np.asarray(parts[0]).astype(np.uint64)
    for part in parts[1:]:
        mixed = _mix(np.atleast_1d(mixed)) ^ np.asarray(part).astype(np.uint64)
    return np.atleast_1d(mixed)


class Draws:
    """Draws for one seed: from a stream name and an array of keys, one value per key."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def uniform(self, stream: str, keys: np.ndarray) -> np.ndarray:
        """Uniform in the open interval (0, 1)."""
        bits = _mix(_mix(np.asarray(keys, dtype=np.uint64) ^ _salt(self.seed, stream)))
        return ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53

    def chance(self, stream: str, keys: np.ndarray, probability: float | np.ndarray) -> np.ndarray:
        """True with the given probability."""
        return self.uniform(stream, keys) < probability

    def normal(self, stream: str, keys: np.ndarray) -> np.ndarray:
        """Standard normal, cut off at four deviations so that every duration has an end."""
        radius = np.sqrt(-2.0 * np.log(self.uniform(stream + "/r", keys)))
        return np.clip(radius * np.cos(2.0 * np.pi * self.uniform(stream + "/a", keys)), -4.0, 4.0)

    def lognormal(
        self, stream: str, keys: np.ndarray, median: float | np.ndarray, sigma: float
    ) -> np.ndarray:
        """Log-normal with the given median."""
        return median * np.exp(sigma * self.normal(stream, keys))

    def exponential(self, stream: str, keys: np.ndarray, mean: float | np.ndarray) -> np.ndarray:
        """Exponential with the given mean."""
        return -mean * np.log(self.uniform(stream, keys))

    def integers(self, stream: str, keys: np.ndarray, low: int, high: int | np.ndarray) -> np.ndarray:
        """Whole numbers from `low` up to and without `high`."""
        return low + np.floor(self.uniform(stream, keys) * (high - low)).astype(np.int64)

    def pick(self, stream: str, keys: np.ndarray, weights: list[float]) -> np.ndarray:
        """Index of a choice with the given weights."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        return np.minimum(
            np.searchsorted(edges, self.uniform(stream, keys) * edges[-1], side="right"), len(weights) - 1
        )

    def counts(self, stream: str, keys: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """Numbers of events with about Poisson spread around `mean`."""
        spread = mean + np.sqrt(mean) * self.normal(stream, keys)
        return np.maximum(np.rint(spread), 0).astype(np.int64)
