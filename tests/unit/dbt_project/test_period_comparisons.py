"""What a period is compared with, and whether a change is an improvement."""

from decimal import Decimal

import duckdb
import pytest
from rendering import model, rendered

PERIODS = [
    ("week", "2020-12-21", "2020-12-27"),
    ("week", "2020-12-28", "2021-01-03"),  # the 53rd of 2020
    ("week", "2021-12-20", "2021-12-26"),
    ("week", "2021-12-27", "2022-01-02"),  # the 52nd of 2021
    ("week", "2026-12-28", "2027-01-03"),  # the 53rd of 2026
    ("week", "2025-12-22", "2025-12-28"),
    ("week", "2025-12-29", "2026-01-04"),
    ("month", "2023-02-01", "2023-02-28"),
    ("month", "2024-01-01", "2024-01-31"),
    ("month", "2024-02-01", "2024-02-29"),
    ("quarter", "2023-10-01", "2023-12-31"),
    ("quarter", "2024-01-01", "2024-03-31"),
    ("year", "2023-01-01", "2023-12-31"),
    ("year", "2024-01-01", "2024-12-31"),
    ("ytd", "2023-01-01", "2023-02-28"),
    ("ytd", "2024-01-01", "2024-01-31"),
    ("ytd", "2024-01-01", "2024-02-29"),
    ("rolling_3_months", "2023-09-01", "2023-11-30"),
    ("rolling_3_months", "2023-12-01", "2024-02-29"),
    ("rolling_3_months", "2022-12-01", "2023-02-28"),
    ("rolling_4_weeks", "2021-11-29", "2021-12-26"),
    ("rolling_4_weeks", "2020-11-23", "2020-12-20"),
    ("rolling_4_weeks", "2020-11-30", "2020-12-27"),
]


@pytest.fixture(scope="module")
def bases():
    """(grain, first day, last day, offset) → the first and last day of the earlier period."""
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE dim_period (period_grain VARCHAR, period_start DATE, period_end DATE)"
        )
        connection.execute("CREATE SCHEMA library")
        connection.execute(
            "CREATE TABLE library.period_offset "
            "(period_grain VARCHAR, offset_periods INTEGER, offset_grain VARCHAR)"
        )
        connection.executemany("INSERT INTO dim_period VALUES (?, ?, ?)", PERIODS)
        rows = connection.execute(model("core/calendar/dim_period_offset")).fetchall()
    return {
        (grain, str(start), str(end), f"{number} {unit}"): (str(base_start), str(base_end))
        for grain, start, end, number, unit, base_start, base_end in rows
    }


@pytest.mark.parametrize(
    ("period", "offset", "base"),
    [
        (("week", "2021-12-27", "2022-01-02"), "1 week", ("2021-12-20", "2021-12-26")),
        (("week", "2021-12-20", "2021-12-26"), "1 year", ("2020-12-14", "2020-12-20")),
        (("week", "2021-12-27", "2022-01-02"), "1 year", ("2020-12-21", "2020-12-27")),
        (("week", "2026-12-28", "2027-01-03"), "1 year", None),
        (("month", "2024-02-01", "2024-02-29"), "1 month", ("2024-01-01", "2024-01-31")),
        (("month", "2024-02-01", "2024-02-29"), "1 year", ("2023-02-01", "2023-02-28")),
        (("quarter", "2024-01-01", "2024-03-31"), "1 quarter", ("2023-10-01", "2023-12-31")),
        (("year", "2024-01-01", "2024-12-31"), "1 year", ("2023-01-01", "2023-12-31")),
        (("ytd", "2024-01-01", "2024-02-29"), "1 year", ("2023-01-01", "2023-02-28")),
        (("ytd", "2024-01-01", "2024-01-31"), "1 year", None),
        (("rolling_3_months", "2023-12-01", "2024-02-29"), "3 month", ("2023-09-01", "2023-11-30")),
        (("rolling_3_months", "2023-12-01", "2024-02-29"), "1 year", ("2022-12-01", "2023-02-28")),
        (("rolling_4_weeks", "2021-11-29", "2021-12-26"), "1 year", ("2020-11-23", "2020-12-20")),
    ],
)
def test_a_period_leads_to_an_earlier_one_of_its_grain(bases, period, offset, base):
    if base is not None and (period[0], *base) not in PERIODS:
        base = None
    assert bases.get((*period, offset)) == base


def test_nothing_leads_out_of_the_calendar_or_to_another_grain(bases):
    known = {(grain, start, end) for grain, start, end in PERIODS}
    assert {(grain, *base) for (grain, _, _, _), base in bases.items()} <= known
    assert not [key for key in bases if key[0] == "ytd" and key[3] != "1 year"]


@pytest.mark.parametrize(
    ("direction", "before", "now", "improved"),
    [
        ("up", 2, 3, True),
        ("up", 3, 2, False),
        ("down", 3, 2, True),
        ("down", 2, 3, False),
        ("up", 2, 2, None),
        ("maintain", 2, 3, None),
        ("band", 12, 8, False),  # from 2 above the band to 3 below it
        ("band", 7, 8, True),
        ("band", 8, 10, True),
        ("band", 10, 11, None),  # both inside
        ("up", None, 2, None),
        (None, 2, 3, None),
    ],
)
def test_a_change_is_an_improvement_by_the_direction_of_the_metric(direction, before, now, improved):
    columns = rendered("{{ change_columns('moved', 'value', 'base') }}")
    with duckdb.connect() as connection:
        change, relative, found = connection.execute(
            f"SELECT {columns} FROM (SELECT ?::DECIMAL(38, 10) AS base, ?::DECIMAL(38, 10) AS value, "
            "? AS direction, 10 AS lower_bound, 11 AS upper_bound)",
            [before, now, direction],
        ).fetchone()
    assert found is improved
    assert change == (None if before is None else now - before)
    assert relative == (None if before is None else round(Decimal(now - before) / before, 10))


def test_without_a_band_nothing_is_said_of_one():
    columns = rendered("{{ change_columns('moved', 'value', 'base') }}")
    with duckdb.connect() as connection:
        [row] = connection.execute(
            f"SELECT {columns} FROM (SELECT 1.0 AS base, 2.0 AS value, 'band' AS direction, "
            "NULL::DECIMAL AS lower_bound, NULL::DECIMAL AS upper_bound)"
        ).fetchall()
    assert row[2] is None


def test_a_negative_figure_that_rises_rises():
    """From -4 to -2 is a rise by half of the size."""
    columns = rendered("{{ change_columns('moved', 'value', 'base') }}")
    with duckdb.connect() as connection:
        [(change, relative, improved)] = connection.execute(
            f"SELECT {columns} FROM (SELECT -4.0 AS base, -2.0 AS value, 'up' AS direction, "
            "0 AS lower_bound, 0 AS upper_bound)"
        ).fetchall()
    assert (change, relative, improved) == (2, Decimal("0.5"), True)
