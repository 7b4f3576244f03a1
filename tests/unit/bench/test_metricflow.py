"""What the benchmark says of queries that did not all run."""

from itertools import pairwise

import pytest

from bench.metricflow import MetricFlowRun, Question, evenly
from bench.report import Figure


def test_queries_that_did_not_run_take_as_long_as_those_that_did():
    run = MetricFlowRun(queries=10, planning_seconds=1, run=2, rows=7, seconds=4)
    assert run.all_seconds == 1 + 10 * 2


def test_where_all_queries_ran_nothing_is_added():
    run = MetricFlowRun(queries=3, planning_seconds=1, run=3, rows=7, seconds=4)
    assert run.all_seconds == 5


def test_nothing_asked_takes_nothing():
    assert MetricFlowRun().all_seconds == 0


@pytest.mark.parametrize(("count", "sample"), [(812, 16), (17, 16), (31, 16), (16, 16), (5, 16)])
def test_a_sample_is_taken_evenly_from_the_whole_list(count: int, sample: int):
    chosen = evenly(list(range(count)), sample)
    assert len(chosen) == min(count, sample)
    steps = {after - before for before, after in pairwise([*chosen, count])}
    assert max(steps) - min(steps) <= 1


def test_questions_are_in_order_whether_or_not_they_have_an_entity():
    questions = [Question("b", None, "month"), Question("a", "employee", "week"), Question("a", None, "week")]
    assert [one.metric for one in sorted(questions, key=str)] == ["a", "a", "b"]


def test_a_target_is_a_least_or_a_most():
    assert Figure("x", 21, 20, "", at_least=True).is_reached
    assert not Figure("x", 21, 20, "").is_reached
