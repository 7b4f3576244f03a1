from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.allocation import PlanningError, allocate, share_out

WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)


def parts(amount, weights, quantum="1"):
    run = allocate(Decimal(amount), {k: Decimal(w) for k, w in weights.items()}, Decimal(quantum))
    return {name: str(part) for name, part in run.parts.items()}


def test_a_hundred_over_three():
    assert parts("100", {"a": "1", "b": "1", "c": "1"}) == {"a": "34", "b": "33", "c": "33"}


def test_contributions_of_six_and_four():
    assert parts("100", {"a": "6", "b": "4"}) == {"a": "60", "b": "40"}


def test_equal_remainders_go_to_the_first_by_name_whatever_the_order():
    assert parts("10", {"c": "1", "b": "1", "a": "1"}) == {"a": "4", "b": "3", "c": "3"}


def test_hundredths_and_thousands():
    assert parts("0.10", {"a": "1", "b": "1", "c": "1"}, "0.01") == {"a": "0.04", "b": "0.03", "c": "0.03"}
    assert parts("7000", {"a": "0.5", "b": "0.25"}, "1000") == {"a": "5000", "b": "2000"}


def test_a_weight_of_nothing_gets_nothing():
    assert parts("5", {"a": "0", "b": "0.1"}) == {"a": "0", "b": "5"}


def test_what_nobody_can_take_is_the_residual():
    run = allocate(Decimal(5), {"a": Decimal(0)})

    assert (run.parts, run.residual) == ({"a": 0}, 5)


def test_a_negative_amount_is_divided_as_its_size_is():
    assert parts("-100", {"a": "1", "b": "1", "c": "1"}) == {"a": "-34", "b": "-33", "c": "-33"}


def test_what_cannot_be_divided_says_so_in_both_languages():
    with pytest.raises(
        PlanningError, match=r"a has the weight -1: a weight is never negative\. · a 的权重为 -1"
    ):
        allocate(Decimal(1), {"a": Decimal(-1)})
    with pytest.raises(
        PlanningError, match=r"0\.5 is not a multiple of 1: name a smaller quantum.* · 0\.5 不是"
    ):
        allocate(Decimal("0.5"), {"a": Decimal(1)})
    with pytest.raises(PlanningError, match=r"The quantum 0 must be above 0"):
        allocate(Decimal(1), {"a": Decimal(1)}, Decimal(0))


@settings(deadline=None)
@given(total=st.integers(-(10**15), 10**15), weights=WEIGHTS)
def test_parts_sum_to_the_total_and_none_is_more_than_a_quantum_off(total, weights):
    shares = share_out(total, weights)
    whole = sum(weights)

    if whole == 0:
        assert shares == [0] * len(weights)
    else:
        assert sum(shares) == total
        for share, weight in zip(shares, weights, strict=True):
            assert abs(share * whole - total * weight) < 2 * whole
            assert share * total >= 0
            assert weight or not share


@settings(deadline=None)
@given(totals=st.lists(st.integers(0, 10**6), max_size=24), weights=WEIGHTS.filter(any))
def test_what_rounding_takes_in_one_period_it_gives_in_the_next(totals, weights):
    owed = [0] * len(weights)
    rounds = [share_out(total, weights, owed) for total in totals]
    whole = sum(weights)

    assert [sum(shares) for shares in rounds] == totals
    for place, weight in enumerate(weights):
        assert all(shares[place] >= 0 for shares in rounds)
        assert (
            abs(sum(shares[place] for shares in rounds) * whole - sum(totals) * weight)
            <= len(weights) * whole
        )


def test_nobody_is_rounded_down_all_year():
    owed = [0, 0, 0]
    year = [share_out(8, [1, 1, 1], owed) for _ in range(12)]

    assert [sum(months) for months in zip(*year, strict=True)] == [32, 32, 32]
