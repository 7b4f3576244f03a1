"""Subjects that MetricFlow cannot express, for all periods, against plain SQL over the staged records.

A few metrics of each class stand for the others: the engine rolls up components and knows no metric.
"""

from pathlib import Path

import duckdb
import pytest
from running_periods import RUNNING
from test_metricflow_agrees import SUBJECTS_BEYOND

from tests.integration.metrics.metric_judge import FORMULAS, Formula, judged
from tests.nights import Night

pytestmark = pytest.mark.slow

BEYOND_SQL = Path(__file__).with_name("beyond.sql")
METRICS = {
    "revenue": "a sum, by person",
    "tickets_resolved": "a count, by person",
    "profit": "a sum, by unit",
    "headcount": "a stock",
    "closing_fte": "a stock in shares",
    "average_fte": "a daily mean",
    "first_contact_resolution": "a ratio of counts",
    "average_handling_time": "a ratio of sums",
    "overtime_rate": "a quotient of sums",
    "revenue_per_fte": "a ratio of what is counted by different carriers",
}
SUBJECTS = (*SUBJECTS_BEYOND, "company", "position")
GRAINS = (*RUNNING, "week", "month")


@pytest.fixture(scope="module")
def sums(sample_night: Night) -> duckdb.DuckDBPyConnection:
    connection = judged(sample_night.warehouse)
    connection.execute(BEYOND_SQL.read_text(encoding="utf-8"))
    return connection


def part(component: str, formula: Formula) -> str:
    """The sums of one component, or their mean over the days."""
    amount = "last_day_amount" if formula.last_day else "amount"
    if component in formula.daily:
        amount += " / days"
    return f"""
        select subject_type, subject_id, grain, ends_on, {amount} as amount
        from beyond inner join beyond_elapsed using (grain, ends_on)
        where component = '{component}' and {amount} is not null
    """


def figures(formula: Formula) -> str:
    """What a metric is by the judge's sums."""
    if formula.denominator is None:
        return part(formula.numerator, formula)
    above = "coalesce(a.amount, 0)" if formula.part else "a.amount"
    return f"""
        select subject_type, subject_id, grain, ends_on, {formula.factor} * {above} / b.amount as amount
        from ({part(formula.denominator, formula)}) as b
        {"left" if formula.part else "inner"} join ({part(formula.numerator, formula)}) as a
            using (subject_type, subject_id, grain, ends_on)
        where b.amount <> 0
    """


def listed(sums: duckdb.DuckDBPyConnection, what: str, column: str, metric_id: str) -> set[str]:
    """The levels or grains that a metric is published at."""
    found = sums.execute(f"select {column} from library.metric_{what} where metric_id = ?", [metric_id])
    return {name for (name,) in found.fetchall()}


@pytest.mark.parametrize("metric_id", METRICS)
def test_the_engine_and_plain_sql_agree(sums: duckdb.DuckDBPyConnection, metric_id: str):
    published = f"""
        select subject_type, subject_id, period_grain as grain, period_end as ends_on, value
        from marts.metric_value
        where metric_id = '{metric_id}' and subject_type in {SUBJECTS} and period_grain in {GRAINS}
            and value is not null
    """
    [(levels, grains)] = sums.execute(
        f"select list(distinct subject_type), list(distinct grain) from ({published})"
    ).fetchall()
    assert set(levels) == listed(sums, "level", "subject_type", metric_id) & set(SUBJECTS)
    assert set(grains) == listed(sums, "grain", "period_grain", metric_id) & set(GRAINS)
    wrong = sums.execute(
        f"""
        with found as ({published}),
        expected as (
            select * from ({figures(FORMULAS[metric_id])})
            where list_contains({levels}, subject_type) and list_contains({grains}, grain)
        )
        select subject_type, subject_id, grain, ends_on, f.value, e.amount
        from found as f full join expected as e using (subject_type, subject_id, grain, ends_on)
        where f.value is null or e.amount is null
            or abs(f.value - e.amount) > 1e-9 * greatest(1, abs(e.amount))
        order by all limit 5
        """
    ).fetchall()
    assert wrong == []
