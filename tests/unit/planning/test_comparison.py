from decimal import Decimal

from planning.comparison import is_far_above, record


def months(*values):
    return [Decimal(value) for value in values]


def test_the_limit_is_the_95th_percentile_and_three_deviations():
    # Median 13, deviations 3 2 1 1 2 7: median 2; the 95th percentile is 15 + 0.75 × 5.
    own = record(months(10, 11, 12, 14, 15, 20))

    assert (own.months, own.median, own.best) == (6, 13, 20)
    assert own.limit == Decimal("18.75") + 3 * 2
    assert not is_far_above(Decimal("24.75"), own)
    assert is_far_above(Decimal("24.76"), own)


def test_five_months_are_too_few_to_tell():
    own = record(months(1, 1, 1, 1, 1))

    assert own.limit is None
    assert is_far_above(Decimal(1000), own) is None


def test_nothing_done_is_nothing_known():
    own = record([])

    assert (own.months, own.median, own.best, own.limit) == (0, None, None, None)
