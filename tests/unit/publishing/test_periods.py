"""Periods as people type them."""

from datetime import date

import pytest

from publishing.periods import Period, parse_period


@pytest.mark.parametrize(
    ("text", "grain", "start", "end"),
    [
        ("2026", "year", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-Q4", "quarter", date(2026, 10, 1), date(2026, 12, 31)),
        ("2024-02", "month", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-12", "month", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026-W01", "week", date(2025, 12, 29), date(2026, 1, 4)),
        ("2026-06-30", "day", date(2026, 6, 30), date(2026, 6, 30)),
        ("ytd:2026-06", "ytd", date(2026, 1, 1), date(2026, 6, 30)),
        ("rolling_4_weeks:2026-W02", "rolling_4_weeks", date(2025, 12, 15), date(2026, 1, 11)),
        ("rolling_3_months:2026-01", "rolling_3_months", date(2025, 11, 1), date(2026, 1, 31)),
        ("rolling_12_months:2026-12", "rolling_12_months", date(2026, 1, 1), date(2026, 12, 31)),
        ("rolling_12_months:2024-02", "rolling_12_months", date(2023, 3, 1), date(2024, 2, 29)),
    ],
)
def test_each_form_is_understood(text, grain, start, end):
    assert parse_period(text) == Period(grain, start, end)


@pytest.mark.parametrize("text", ["", "June", "2026-13", "2026-Q5", "2026-02-30", "2026-W60", "26-06"])
def test_anything_else_is_refused_with_the_forms_that_work(text):
    with pytest.raises(ValueError, match=r"2026-Q2"):
        parse_period(text)
