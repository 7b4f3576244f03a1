"""Parts of a file are worked on at once, and told in the order of the file."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.ahead import WorkAhead
from ingestion.readers import RefusedFileError


def refused(name: str) -> RefusedFileError:
    return RefusedFileError("format", name)


@given(parts=st.lists(st.integers(), max_size=12), workers=st.integers(1, 4))
def test_results_come_in_the_order_of_the_parts(parts: list[int], workers: int):
    assert list(WorkAhead(str, iter(parts), workers)) == [str(part) for part in parts]


def test_as_many_parts_as_there_are_workers_are_under_way_at_once():
    both_here = threading.Barrier(2, timeout=30)
    assert list(WorkAhead(lambda part: both_here.wait() < 2, iter([1, 2]), 2)) == [True, True]


def test_only_one_part_is_drawn_beyond_those_that_are_worked_on():
    drawn: list[int] = []

    def parts() -> Iterator[int]:
        for part in range(10):
            drawn.append(part)
            yield part

    results = iter(WorkAhead(str, parts(), 2))
    assert next(results) == "0"
    assert drawn == [0, 1, 2]


def test_what_cannot_be_drawn_refuses_the_file_after_the_parts_before_it():
    def parts() -> Iterator[int]:
        yield from (0, 1)
        raise refused("the third part")

    results = iter(WorkAhead(str, parts(), 4))
    assert [next(results), next(results)] == ["0", "1"]
    with pytest.raises(RefusedFileError, match="the third part"):
        next(results)


def test_the_first_part_that_cannot_be_worked_on_is_named_even_if_a_later_one_cannot_be_drawn():
    def parts() -> Iterator[int]:
        yield 0
        raise refused("drawing the second")

    def work(part: int) -> str:
        raise refused("working on the first")

    with pytest.raises(RefusedFileError, match="working on the first"):
        list(WorkAhead(work, parts(), 4))
