from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.working_days import working_day
from planning.allocation import PlanningError
from planning.calendarisation import (
    calendarise,
    flat_profile,
    periods_of,
    present_months,
    prorated,
    seasonal_profile,
    why_not_divided,
    workday_profile,
)

PERIODS = periods_of(2026, "day")
OPEN = date(9999, 12, 31)


def in_china(day):
    return working_day(day, "Asia/Shanghai")[0]


def of(amounts, grain):
    return [amounts[period] for period in PERIODS[grain]]


def test_a_joiner_of_1_july_has_half_of_a_year_by_calendar_months():
    assert prorated(Decimal(120), present_months(((date(2026, 7, 1), OPEN),), 2026)) == 60


def test_a_month_counts_by_its_days():
    months = present_months(((date(2026, 3, 16), date(2026, 4, 1)),), 2026)

    assert months[2] == Fraction(16, 31)
    assert prorated(Decimal(372), months) == 16


def test_a_flat_year_is_twelve_equal_months():
    amounts = calendarise(120, PERIODS, flat_profile(2026))

    assert of(amounts, "month") == [10] * 12
    assert of(amounts, "quarter") == [30] * 4


def test_workdays_are_those_of_the_chinese_calendar():
    # 2026 has 248 working days; Saturday 14 February is worked for the Spring Festival, 16 to 23 are off.
    profile = workday_profile(2026, in_china)
    amounts = calendarise(sum(profile.months), PERIODS, profile)

    assert amounts[PERIODS["day"][(date(2026, 2, 14) - date(2026, 1, 1)).days]] == 1
    assert amounts[PERIODS["day"][(date(2026, 2, 16) - date(2026, 1, 1)).days]] == 0
    assert of(amounts, "month") == list(profile.months)


def test_a_season_gives_each_month_what_it_brought():
    brought = [5, 4, 6, 7, 6, 8, 7, 7, 9, 6, 7, 28]
    amounts = calendarise(1000, PERIODS, seasonal_profile(2026, in_china, brought))

    assert of(amounts, "month") == [10 * one for one in brought]


def test_a_week_cut_by_a_month_is_two_pieces():
    pieces = [(piece.start, piece.end) for piece in PERIODS["week"] if piece.start <= date(2026, 2, 2)][-3:]

    assert pieces == [
        (date(2026, 1, 26), date(2026, 1, 31)),
        (date(2026, 2, 1), date(2026, 2, 1)),
        (date(2026, 2, 2), date(2026, 2, 8)),
    ]


def test_months_that_are_over_stay_and_the_others_take_the_rest():
    amounts = calendarise(120, PERIODS, flat_profile(2026), {date(2026, 1, 1): 1, date(2026, 2, 1): 19})

    assert of(amounts, "month") == [1, 19] + [10] * 10
    assert of(amounts, "quarter") == [30] * 4


def test_settled_months_that_agree_with_the_plan_change_nothing():
    plain = calendarise(1000, PERIODS, workday_profile(2026, in_china))
    january = PERIODS["month"][0]

    assert (
        calendarise(1000, PERIODS, workday_profile(2026, in_china), {january.start: plain[january]}) == plain
    )


def test_settled_months_of_more_than_the_year_are_refused():
    with pytest.raises(
        PlanningError, match=r"sum to 130, more than the year's 120.* · 已结束月份的目标合计 130"
    ):
        calendarise(120, PERIODS, flat_profile(2026), {date(2026, 1, 1): 130})
    with pytest.raises(PlanningError, match="5 is left to divide, but no month is open"):
        calendarise(5, PERIODS, flat_profile(2026), {month.start: 0 for month in PERIODS["month"]})


def test_rates_and_stocks_are_not_divided_and_say_why():
    assert why_not_divided("additive") is None
    for additivity in ("ratio", "semi_additive", None):
        english, chinese = why_not_divided(additivity)
        assert "its target holds" in english
        assert "适用" in chinese


@st.composite
def profiles(draw):
    year = draw(st.integers(2019, 2032))
    kind = draw(st.sampled_from(["flat", "workdays", "seasonal"]))
    if kind == "flat":
        return year, flat_profile(year)
    if kind == "workdays":
        return year, workday_profile(year, in_china)
    months = draw(st.lists(st.integers(0, 10**9), min_size=12, max_size=12).filter(any))
    return year, seasonal_profile(year, in_china, months)


@settings(max_examples=40, deadline=None)
@given(profiled=profiles(), amount=st.integers(0, 10**12), settled=st.lists(st.integers(0, 100), max_size=6))
def test_every_period_is_the_sum_of_its_parts_at_every_grain(profiled, amount, settled):
    year, profile = profiled
    periods = periods_of(year, "day")
    locked = {month.start: part for month, part in zip(periods["month"], settled, strict=False)}
    if amount < sum(settled) or not any(profile.months[len(settled) :]):
        locked = {}
    amounts = calendarise(amount, periods, profile, locked)

    assert amounts[periods["year"][0]] == amount
    assert min(amounts.values()) >= 0
    assert all(amounts[month] == locked.get(month.start, amounts[month]) for month in periods["month"])
    for above, below in (("year", "quarter"), ("quarter", "month"), ("month", "week"), ("week", "day")):
        for parent in periods[above]:
            inside = [
                part for part in periods[below] if parent.start <= part.start and part.end <= parent.end
            ]
            assert sum(amounts[part] for part in inside) == amounts[parent]
