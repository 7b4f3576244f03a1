"""How many components of a fact are summed beside each other, as columns of one row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

COLUMNS_AT_ONCE = 100  # a row with columns for thousands would not fit into memory
_T = TypeVar("_T")


def at_once(members: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """The members of a group, in their order, as many as are columns of one row."""
    for first in range(0, len(members), COLUMNS_AT_ONCE):
        yield members[first : first + COLUMNS_AT_ONCE]
