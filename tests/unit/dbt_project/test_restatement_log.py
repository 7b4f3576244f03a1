"""Night after night: when a figure counts as restated, why, and how long that is remembered."""

from datetime import date

import duckdb
import pytest
from rendering import model, rendered

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
ENDS = {MAY: date(2026, 5, 31), JUNE: date(2026, 6, 30)}
MID_JUNE, LATE_JUNE = date(2026, 6, 15), date(2026, 6, 20)
FIGURE = (
    "metric_id VARCHAR, subject_type VARCHAR, subject_id VARCHAR, period_grain VARCHAR, period_start DATE, "
    "period_end DATE"
)
TABLES = {
    "library.run_context": "as_of DATE",
    "library.run_info": "build_identity VARCHAR",
    "library.metric": "metric_id VARCHAR, version VARCHAR, state VARCHAR",
    "library.metric_level": "metric_id VARCHAR, subject_type VARCHAR",
    "library.metric_grain": "metric_id VARCHAR, period_grain VARCHAR",
    "published.run_info": "as_of DATE, build_identity VARCHAR",
    "published.dim_metric": "metric_id VARCHAR, version VARCHAR",
    "published.dim_period": "period_grain VARCHAR, period_start DATE, period_end DATE, is_complete BOOLEAN",
    "published.metric_value": f"{FIGURE}, value DECIMAL(38, 10), state VARCHAR",
    "published.metric_restatement": f"{FIGURE}, restated_on DATE, value_before DECIMAL(38, 10), "
    "value_now DECIMAL(38, 10), cause VARCHAR, metric_version VARCHAR",
    "figures": f"{FIGURE}, value DECIMAL(38, 10), state VARCHAR",
    "metric_touched": "metric_id VARCHAR, period_grain VARCHAR, period_start DATE, period_end DATE",
}


class Nights:
    """Nights that publish one metric; each sees what the one before it published."""

    def __init__(self, connection):
        self.connection = connection
        connection.execute("CREATE SCHEMA library; CREATE SCHEMA published")
        for table, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {table} ({columns})")
        connection.execute(f"CREATE VIEW metric_value_published AS {model('metrics/metric_value_published')}")
        for start, end in ENDS.items():
            connection.execute("INSERT INTO metric_touched VALUES ('revenue', 'month', ?, ?)", [start, end])

    def publish(self, as_of, figures, *, version="1.0", code="a", levels=("company", "team"), state="ok"):
        """A night with figures {(subject type, start of month): value}. Returns what it published:
        {(subject type, start): restated_on} and the log {(subject type, start, restated_on): (before, now,
        cause)}.
        """
        self._fill("library.run_context", [as_of])
        self._fill("library.run_info", [code])
        self._fill("library.metric", ["revenue", version, state])
        self._fill("library.metric_level", *(["revenue", level] for level in levels))
        self._fill("library.metric_grain", ["revenue", "month"])
        rows = [
            ["revenue", kind, kind, "month", start, ENDS[start], value, "no_data" if value is None else "ok"]
            for (kind, start), value in figures.items()
        ]
        self._fill("figures", *rows)
        self._query(f"CREATE OR REPLACE TABLE metric_value AS {RESTATED_FIGURES}")
        self._query(f"CREATE OR REPLACE TABLE metric_restatement AS {model('metrics/metric_restatement')}")
        restated = self._query("SELECT subject_type, period_start, restated_on FROM metric_value")
        log = self._query(
            "SELECT subject_type, period_start, restated_on, value_before, value_now, cause "
            "FROM metric_restatement ORDER BY ALL"
        )
        for mart in ("metric_value", "metric_restatement"):
            self._query(f"DELETE FROM published.{mart}")
            self._query(f"INSERT INTO published.{mart} BY NAME SELECT * {LESS[mart]} FROM {mart}")
        self._fill("published.run_info", [as_of, code])
        self._fill("published.dim_metric", ["revenue", version])
        self._fill(
            "published.dim_period",
            *(["month", start, end, end <= as_of] for start, end in ENDS.items() if start <= as_of),
        )
        return (
            {(kind, start): day for kind, start, day in restated},
            {(kind, start, day): tuple(rest) for kind, start, day, *rest in log},
        )

    def _fill(self, table, *rows):
        self._query(f"DELETE FROM {table}")
        for row in rows:
            self.connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)

    def _query(self, sql):
        return self.connection.execute(sql).fetchall()


RESTATED_FIGURES = rendered("{{ with_restatement('figures') }}")
LESS = {"metric_value": "EXCLUDE (restated_on)", "metric_restatement": ""}
FIRST = {("company", MAY): 10, ("team", MAY): 4, ("company", JUNE): 3}


@pytest.fixture
def nights():
    with duckdb.connect() as connection:
        nights = Nights(connection)
        restated, log = nights.publish(MID_JUNE, FIRST)
        assert set(restated.values()) == {None}, "nothing was published before"
        assert log == {}
        yield nights


def test_a_late_record_restates_its_closed_month_and_no_other(nights):
    restated, log = nights.publish(LATE_JUNE, {**FIRST, ("company", MAY): 12, ("company", JUNE): 9})
    assert restated == {("company", MAY): LATE_JUNE, ("team", MAY): None, ("company", JUNE): None}
    assert log == {("company", MAY, LATE_JUNE): (10, 12, "late_records")}


def test_it_is_remembered_and_told_once(nights):
    changed = {**FIRST, ("company", MAY): 12}
    second = nights.publish(LATE_JUNE, changed)
    assert nights.publish(LATE_JUNE, changed) == second
    restated, log = nights.publish(ENDS[JUNE], changed)
    assert (restated, log) == second
    restated, log = nights.publish(ENDS[JUNE], {**changed, ("company", MAY): 13})
    assert restated["company", MAY] == ENDS[JUNE]
    assert log == {
        ("company", MAY, LATE_JUNE): (10, 12, "late_records"),
        ("company", MAY, ENDS[JUNE]): (12, 13, "late_records"),
    }


def test_restated_twice_as_of_one_day_it_goes_from_the_first_value_to_the_last(nights):
    nights.publish(LATE_JUNE, {**FIRST, ("company", MAY): 12})
    _, log = nights.publish(LATE_JUNE, {**FIRST, ("company", MAY): 11})
    assert log == {("company", MAY, LATE_JUNE): (10, 11, "late_records")}


def test_a_figure_that_appears_or_goes_was_restated_too(nights):
    without = {key: value for key, value in FIRST.items() if key[0] != "team"}
    restated, log = nights.publish(LATE_JUNE, without)
    assert ("team", MAY) not in restated
    assert log == {("team", MAY, LATE_JUNE): (4, None, "late_records")}
    restated, log = nights.publish(ENDS[JUNE], FIRST)
    assert restated["team", MAY] is None, "no team had a figure the night before: the level is new"
    nights.publish(ENDS[JUNE], {**FIRST, ("company", MAY): None})
    restated, log = nights.publish(ENDS[JUNE], FIRST)
    assert restated["company", MAY] == ENDS[JUNE]


@pytest.mark.parametrize(
    ("changes", "cause"),
    [({"version": "1.1"}, "definition"), ({"code": "b"}, "code"), ({}, "late_records")],
)
def test_why_it_moved_is_told(nights, changes, cause):
    _, log = nights.publish(LATE_JUNE, {**FIRST, ("company", MAY): 12}, **changes)
    assert log == {("company", MAY, LATE_JUNE): (10, 12, cause)}


def test_another_major_version_is_another_series(nights):
    nights.publish(LATE_JUNE, {**FIRST, ("company", MAY): 12})
    restated, log = nights.publish(ENDS[JUNE], {**FIRST, ("company", MAY): 50}, version="2.0")
    assert set(restated.values()) == {None}
    assert list(log) == [("company", MAY, LATE_JUNE)]
    restated, log = nights.publish(ENDS[JUNE], {**FIRST, ("company", MAY): 50}, version="2.0")
    assert set(restated.values()) == {None}


def test_a_night_of_an_earlier_day_restates_nothing(nights):
    nights.publish(ENDS[JUNE], FIRST)
    restated, log = nights.publish(MID_JUNE, {**FIRST, ("company", MAY): 12})
    assert set(restated.values()) == {None}
    assert log == {}


def test_what_has_no_figures_tonight_is_not_restated(nights):
    restated, log = nights.publish(LATE_JUNE, {("company", MAY): None}, state="error")
    assert set(restated.values()) == {None}
    assert log == {}


def test_a_level_that_is_new_or_gone_is_not_restated(nights):
    nights.publish(LATE_JUNE, {("company", MAY): 10}, levels=("company",))
    restated, log = nights.publish(LATE_JUNE, FIRST)
    assert set(restated.values()) == {None}
    assert log == {}
