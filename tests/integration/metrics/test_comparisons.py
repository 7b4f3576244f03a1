"""Comparisons, contributions and explanations of the sample company, against plain arithmetic over its
figures.
"""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from publishing.explanation import AMOUNTS, NotDecomposableError, explain
from publishing.periods import Period, parse_period
from publishing.reader import open_night
from tests.nights import Night

pytestmark = pytest.mark.slow

DIGIT = Decimal("1e-10")
KEYS = ("part_type", "part_id")
CHECKED = (
    "period_grain in ('week', 'month', 'quarter', 'year', 'ytd') "
    "and subject_type in ('company', 'department', 'employee')"
)


@pytest.fixture(scope="module")
def published(sample_night: Night):
    """The night, open for reading."""
    with open_night(sample_night.home / "published") as night:
        yield night


def earlier(grain: str, start: date, end: date) -> dict[str, tuple[date, date] | None]:
    """The period before and the same period last year, by the calendar and in other words than the mart's."""
    following = end + timedelta(days=1)
    if grain == "week":
        year, week, _ = start.isocalendar()
        try:
            monday = date.fromisocalendar(year - 1, week, 1)
        except ValueError:
            last_year = None
        else:
            last_year = (monday, monday + timedelta(days=6))
        return {"previous": (start - timedelta(days=7), start - timedelta(days=1)), "last_year": last_year}
    last_year = (
        start.replace(year=start.year - 1),
        following.replace(year=following.year - 1) - timedelta(days=1),
    )
    months = {"month": 1, "quarter": 3, "year": 12}.get(grain)
    if months is None:
        return {"previous": None, "last_year": last_year}
    ordinal = start.year * 12 + start.month - 1 - months
    return {
        "previous": (date(ordinal // 12, ordinal % 12 + 1, 1), start - timedelta(days=1)),
        "last_year": last_year,
    }


def test_every_figure_is_compared_with_the_right_periods(sample_night: Night):
    values = {
        tuple(key): value
        for *key, value in sample_night.rows(
            "select metric_id, subject_type, subject_id, period_grain, period_start, period_end, value "
            f"from marts.metric_value where {CHECKED}"
        )
    }
    whole = {
        (grain, start, end)
        for grain, start, end, days in sample_night.rows(
            "select period_grain, period_start, period_end, calendar_days from marts.dim_period "
            "where is_complete"
        )
        if days == (end - start).days + 1
    }
    rows = sample_night.rows(
        "select metric_id, subject_type, subject_id, period_grain, period_start, period_end, "
        "previous_value, previous_change, last_year_value, last_year_change from marts.metric_comparison "
        f"where {CHECKED}"
    )
    assert len(rows) == len(values)
    compared = Counter()
    for metric, subject_type, subject, *period, previous, change, last_year, yearly_change in rows:
        found = {"previous": (previous, change), "last_year": (last_year, yearly_change)}
        for kind, base in earlier(*period).items():
            expected = None
            if base and tuple(period) in whole and (period[0], *base) in whole:
                expected = values.get((metric, subject_type, subject, period[0], *base))
            value = values[metric, subject_type, subject, *period]
            moved = value - expected if None not in (value, expected) else None
            assert found[kind] == (expected, moved), (metric, subject, period, kind)
            compared[kind, period[0]] += moved is not None
    assert min(compared[kind, "month"] for kind in ("previous", "last_year")) > 10_000


def test_an_improvement_goes_the_way_of_the_metric(sample_night: Night):
    rows = sample_night.rows(
        "select m.direction, c.previous_change, c.previous_relative_change, c.previous_is_improvement, "
        "c.previous_value from marts.metric_comparison as c "
        "inner join marts.dim_metric as m using (metric_id) "
        f"where c.previous_change is not null and {CHECKED}"
    )
    told = Counter()
    for direction, change, relative, improved, base in rows:
        if direction in ("up", "down") and change:
            assert improved == ((change > 0) == (direction == "up"))
        elif direction != "band":
            assert improved is None
        assert (relative is None) == (base == 0)
        if relative is not None:
            assert abs(relative - change / abs(base)) <= DIGIT * max(1, abs(relative))
        told[direction, improved] += 1
    assert min(told["up", True], told["up", False], told["down", True], told["down", False]) > 1000


def test_what_people_do_not_carry_and_what_is_withheld_is_told(sample_night: Night):
    types = dict(
        sample_night.rows(
            "select part_type, count(*) from marts.metric_contribution where way = 'unit' group by all"
        )
    )
    assert set(types) == {"division", "department", "team", "employee", "own", "withheld"}
    shown = sample_night.rows(
        "select count(*) from marts.metric_contribution where part_type = 'withheld' "
        "and coalesce(base_numerator, numerator, denominator, rate_effect) is not null"
    )
    assert shown == [(0,)]


def test_a_unit_that_moved_counts_where_it_was(sample_night: Night):
    """Field Service came to Customer Service on 16 April 2025: of its second quarter, only the days since."""
    [(carried, whole)] = sample_night.rows(
        """
        select c.numerator, v.numerator
        from marts.metric_contribution as c
        inner join marts.metric_value as v
            on v.metric_id = c.metric_id and v.subject_id = c.part_id
            and v.period_grain = c.period_grain and v.period_start = c.period_start
        where c.metric_id = 'tickets_resolved' and c.subject_id = 'OU-DIV-SERVICE'
            and c.part_id = 'OU-DEP-FIELD' and c.comparison = 'previous_period'
            and c.period_grain = 'quarter' and c.period_start = date '2025-04-01'
        """
    )
    [(since,)] = sample_night.rows(
        """
        select sum(leaf.amount)
        from marts.metric_component_daily as leaf
        inner join marts.metric_term as t on leaf.component_id = t.component_id
        where t.metric_id = 'tickets_resolved'
            and leaf.metric_date between date '2025-04-16' and date '2025-06-30'
            and leaf.org_unit_id in (
                select org_unit_id from marts.dim_org_unit
                where list_contains(string_split(path, '/'), 'OU-DEP-FIELD')
            )
        """
    )
    assert carried == since
    assert 0 < carried < whole


def changes(night: Night) -> list[tuple]:
    """A change of every metric that was taken apart, each of another subject: by unit, and by component where
    the formula has several terms above or below the line.
    """
    return night.rows(
        """
        select metric_id, subject_type, subject_id, way, comparison, period_grain, period_start, period_end,
            base_start, base_end, change
        from (
            select *, row_number() over (
                partition by metric_id, way
                order by hash(subject_id || period_grain || period_start || comparison), part_type, part_id
            ) as place
            from marts.metric_contribution
        ) as parts
        where place = 1 and (
            way = 'unit'
            or metric_id in (
                select metric_id from marts.metric_term group by metric_id, role having count(*) > 1
            )
        )
        order by all
        """
    )


def test_an_explanation_says_what_the_mart_says(sample_night: Night, published):
    """Computed from the leaves alone, it finds the same parts with the same effects."""
    asked = Counter()
    for metric, kind, subject, way, comparison, grain, start, end, base_start, base_end, change in changes(
        sample_night
    ):
        told = explain(
            published, metric, Period(grain, base_start, base_end), Period(grain, start, end),
            subject=(kind, subject), way=way,
        )  # fmt: skip
        columns = (*KEYS, *AMOUNTS, "effect", "rate_effect", "mix_effect")
        stored = published.rows(
            f"select {', '.join(columns)} from marts.metric_contribution where metric_id = ? "
            "and subject_type = ? and subject_id = ? and way = ? and comparison = ? and period_grain = ? "
            "and period_start = ?",
            metric, kind, subject, way, comparison, grain, start,
        )  # fmt: skip
        assert sorted(tuple(part[name] for name in columns) for part in told["parts"]) == sorted(
            tuple(row.values()) for row in stored
        ), (
            metric,
            subject,
            way,
            grain,
            start,
        )
        assert told["sum_of_effects"] == told["change"] == change
        asked[way] += 1
    assert asked["unit"] > 40
    assert asked["component"] > 3


def test_any_two_periods_of_one_grain_can_be_explained(published):
    weeks = explain(published, "tickets_resolved", parse_period("2026-W10"), parse_period("2026-W22"))
    assert weeks["sum_of_effects"] == weeks["change"] != 0
    back = explain(published, "tickets_resolved", parse_period("2026-W22"), parse_period("2026-W10"))
    assert {p["part_id"]: -p["effect"] for p in back["parts"]} == {
        p["part_id"]: p["effect"] for p in weeks["parts"]
    }
    year = explain(published, "revenue", parse_period("2025"), parse_period("2026"))
    assert year["unfinished"] == ["2026-01-01"]


def test_what_cannot_be_explained_says_why(sample_night: Night, published):
    months = (parse_period("2026-05"), parse_period("2026-06"))
    [person] = sample_night.rows(
        "select any_value(subject_id) from marts.metric_comparison where metric_id = 'tickets_resolved' "
        "and subject_type = 'employee' and period_start = date '2026-06-01' and period_grain = 'month' "
        "and previous_change is not null"
    )
    with pytest.raises(NotDecomposableError, match="no unit is below the employee"):
        explain(published, "tickets_resolved", *months, subject=("employee", *person), way="unit")
    refused = sample_night.rows(
        "select metric_id, way, reason, reason_zh from marts.metric_decomposition where not is_decomposable"
    )
    assert refused
    assert all(reason and reason_zh for _, _, reason, reason_zh in refused)
    assert sample_night.rows(
        "select count(*) from marts.metric_contribution inner join marts.metric_decomposition "
        "using (metric_id, way) where not is_decomposable"
    ) == [(0,)]
