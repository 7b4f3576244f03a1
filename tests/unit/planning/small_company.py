"""A company of two teams as a published night, for plans: as of 30 June 2026, with the figures of 2025."""

from datetime import date, timedelta
from decimal import Decimal

import duckdb

from planning.calendarisation import periods_of
from planning.published import Ground
from publishing.reader import PublishedNight

UNITS = [("C", None, "company", "C"), ("A", "C", "team", "C/A"), ("B", "C", "team", "C/B")]
# employee, position, unit, share of a job, first day, day after the last
HOLDINGS = [
    ("E1", "PA", "A", "1", date(2020, 1, 1), None),
    ("E2", "PA", "A", "1", date(2020, 1, 1), None),
    ("E3", "PB", "B", "0.5", date(2020, 1, 1), None),
    ("E4", "PB", "B", "1", date(2026, 7, 1), None),
    ("E5", "CLERK", "B", "1", date(2020, 1, 1), None),
]
# What each brought in every month of 2025.
FIGURES = {
    ("employee", "E1"): 60, ("employee", "E2"): 40, ("employee", "E3"): 20,
    ("position", "PA"): 100, ("position", "PB"): 20,
    ("team", "A"): 100, ("team", "B"): 20, ("company", "C"): 120,
}  # fmt: skip
METRICS = [
    ("sales", "Sales", "销售额", "additive", "up", "currency"),
    ("rate", "Rate", "比率", "ratio", "up", "proportion"),
    ("stock", "Stock", "存量", "semi_additive", "up", "count"),
    ("effort", "Effort", "工作量", "additive", "band", "count"),
    ("novelty", "Novelty", "新指标", "additive", "up", "count"),
]
TABLES = """
CREATE SCHEMA marts;
CREATE TABLE marts.run_info (run_id VARCHAR, as_of DATE, time_zone VARCHAR, currency VARCHAR);
CREATE TABLE marts.dim_metric (
    metric_id VARCHAR, label VARCHAR, name_zh VARCHAR, additivity VARCHAR, direction VARCHAR, unit VARCHAR,
    version VARCHAR
);
CREATE TABLE marts.metric_term (metric_id VARCHAR, role VARCHAR, component_id VARCHAR);
CREATE TABLE marts.definition_finding (
    object_id VARCHAR, rule_id VARCHAR, severity VARCHAR, file VARCHAR, line INTEGER, message VARCHAR,
    message_zh VARCHAR, waived_by VARCHAR
);
CREATE TABLE marts.dim_date (date_day DATE, is_workday BOOLEAN);
CREATE TABLE marts.dim_org_unit (
    org_unit_id VARCHAR, parent_id VARCHAR, name VARCHAR, name_zh VARCHAR, subject_type VARCHAR, path VARCHAR,
    valid_from DATE, valid_to DATE
);
CREATE TABLE marts.dim_position (position_id VARCHAR, title VARCHAR, title_zh VARCHAR, valid_from DATE);
CREATE TABLE marts.bridge_employee_position (
    employee_id VARCHAR, position_id VARCHAR, org_unit_id VARCHAR, fte_share DECIMAL(5, 4), valid_from DATE,
    valid_to DATE
);
CREATE TABLE marts.metric_value (
    metric_id VARCHAR, subject_type VARCHAR, subject_id VARCHAR, period_grain VARCHAR, period_start DATE,
    value DECIMAL(38, 10), state VARCHAR
);
"""


def night(holdings=HOLDINGS, figures=FIGURES, as_of=date(2026, 6, 30)) -> PublishedNight:
    """The published company."""
    connection = duckdb.connect()
    connection.execute(TABLES)
    fill(connection, "run_info", [("R1", as_of, "Asia/Shanghai", "CNY")])
    fill(connection, "dim_metric", [(*metric, "1.0") for metric in METRICS])
    days = [date(2025, 1, 1) + timedelta(days=at) for at in range(730)]
    fill(connection, "dim_date", [(day, day.weekday() < 5) for day in days])
    fill(
        connection,
        "dim_org_unit",
        [(u, p, f"Unit {u}", f"单元{u}", t, w, None, None) for u, p, t, w in UNITS],
    )
    positions = sorted({holding[1] for holding in holdings})
    fill(connection, "dim_position", [(name, f"Position {name}", f"岗位{name}", None) for name in positions])
    fill(connection, "bridge_employee_position", holdings)
    months = periods_of(2025, "month")["month"]
    values = [
        (metric, *subject, "month", month.start, Decimal(value), "ok")
        for metric in ("sales", "rate")
        for subject, value in figures.items()
        for month in months
    ]
    fill(connection, "metric_value", values)
    return PublishedNight(connection, None)


def ground(year=2026, **changes) -> Ground:
    """The company as plans see it."""
    return Ground(night(**changes), year)


def fill(connection, table, rows):
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO marts.{table} VALUES ({marks})", rows)
