"""Planning: targets of a made-up company taken apart for every person, metric and month.

The company is written as a published night would be: a tree of divisions, departments and teams, three years
of figures for every person, position and unit, and some joiners, leavers and part-timers.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from planning.plan import Plan, Request, propose
from planning.published import Ground
from publishing.reader import PublishedNight

YEAR = 2026
METHODS = ("capacity", "history", "seasonal", "equal")

# A tenth joins during the year of the plan, a tenth leaves in it, a tenth works half of the time.
COMPANY = """
CREATE SCHEMA marts;
CREATE TABLE marts.run_info AS
SELECT 'R1' AS run_id, DATE '2025-12-31' AS as_of, 'Asia/Shanghai' AS time_zone, 'CNY' AS currency;
CREATE TABLE marts.dim_metric AS
SELECT 'metric_' || i AS metric_id, 'Metric' AS label, '指标' AS name_zh, 'additive' AS additivity,
    'up' AS direction, 'count' AS unit, '1.0' AS version
FROM range({metrics}) AS m(i);
CREATE TABLE marts.metric_term (metric_id VARCHAR, role VARCHAR, component_id VARCHAR);
CREATE TABLE marts.definition_finding (
    object_id VARCHAR, rule_id VARCHAR, severity VARCHAR, file VARCHAR, line INTEGER, message VARCHAR,
    message_zh VARCHAR, waived_by VARCHAR
);
CREATE TABLE marts.dim_date AS
SELECT CAST(d AS DATE) AS date_day, isodow(d) < 6 AS is_workday
FROM range(TIMESTAMP '2023-01-01', TIMESTAMP '2027-01-01', INTERVAL 1 DAY) AS days(d);
CREATE TABLE marts.people AS
SELECT 'E' || lpad(CAST(i AS VARCHAR), 6, '0') AS employee_id, i // 20 AS team, i // 200 AS department,
    i // 2000 AS division, i % 10 AS kind, i
FROM range({people}) AS p(i);
CREATE TABLE marts.dim_org_unit AS
SELECT 'C' AS org_unit_id, NULL AS parent_id, 'company' AS subject_type, 'C' AS path
UNION ALL SELECT DISTINCT 'V' || division, 'C', 'division', 'C/V' || division FROM marts.people
UNION ALL SELECT DISTINCT 'D' || department, 'V' || division, 'department',
    'C/V' || division || '/D' || department FROM marts.people
UNION ALL SELECT DISTINCT 'T' || team, 'D' || department, 'team',
    'C/V' || division || '/D' || department || '/T' || team FROM marts.people;
ALTER TABLE marts.dim_org_unit ADD COLUMN name VARCHAR;
ALTER TABLE marts.dim_org_unit ADD COLUMN name_zh VARCHAR;
ALTER TABLE marts.dim_org_unit ADD COLUMN valid_from DATE;
ALTER TABLE marts.dim_org_unit ADD COLUMN valid_to DATE;
CREATE TABLE marts.dim_position AS
SELECT DISTINCT 'P' || team AS position_id, 'Position' AS title, '岗位' AS title_zh, NULL::DATE AS valid_from
FROM marts.people;
CREATE TABLE marts.bridge_employee_position AS
SELECT employee_id, 'P' || team AS position_id, 'T' || team AS org_unit_id,
    CAST(CASE kind WHEN 2 THEN 0.5 ELSE 1 END AS DECIMAL(5, 4)) AS fte_share,
    CASE kind WHEN 0 THEN DATE '2026-01-01' + CAST(i % 360 AS INTEGER) ELSE DATE '2020-01-01' END
        AS valid_from,
    CASE kind WHEN 1 THEN DATE '2026-01-02' + CAST(i % 360 AS INTEGER) END AS valid_to
FROM marts.people;
CREATE TABLE marts.person_value AS
SELECT m.metric_id, p.*, CAST(d AS DATE) AS period_start,
    CAST(10 + hash(p.i, d, m.metric_id) % 90 AS DECIMAL(38, 10)) AS value
FROM marts.people AS p, marts.dim_metric AS m,
    range(TIMESTAMP '2023-01-01', TIMESTAMP '2026-01-01', INTERVAL 1 MONTH) AS months(d)
WHERE p.kind <> 0;
CREATE TABLE marts.metric_value AS
SELECT metric_id, 'employee' AS subject_type, employee_id AS subject_id, 'month' AS period_grain,
    period_start, value, 'ok' AS state
FROM marts.person_value
{sums};
"""
SUM = """UNION ALL SELECT metric_id, '{kind}', {name}, 'month', period_start, sum(value), 'ok'
FROM marts.person_value GROUP BY metric_id, {name}, period_start"""
LEVELS = {
    "company": "'C'",
    "division": "'V' || division",
    "department": "'D' || department",
    "team": "'T' || team",
    "position": "'P' || team",
}


@dataclass(frozen=True)
class Planned:
    """What was planned, and how long it took from the first question to the last target: seconds on the clock
    and of processor time.
    """

    people: int
    metrics: int
    targets: int
    seconds: float
    cpu_seconds: float


def made_up_company(people: int, metrics: int) -> PublishedNight:
    """A night as planning reads it."""
    sums = "\n".join(SUM.format(kind=kind, name=name) for kind, name in LEVELS.items())
    connection = duckdb.connect()
    connection.execute(COMPANY.format(people=people, metrics=metrics, sums=sums))
    return PublishedNight(connection, None)


def plan_everything(people: int, metrics: int) -> tuple[Planned, list[Plan]]:
    """One target for each metric taken apart to every person and month, each metric by the next method."""
    night = made_up_company(people, metrics)
    begun, begun_cpu = time.monotonic(), time.process_time()
    ground = Ground(night, YEAR)
    plans = [
        propose(
            ground,
            Request(f"metric_{number}", YEAR, Decimal(600 * people), method=METHODS[number % len(METHODS)]),
        )
        for number in range(metrics)
    ]
    seconds, cpu = time.monotonic() - begun, time.process_time() - begun_cpu
    targets = sum(len(plan.targets) for plan in plans)
    return Planned(people, metrics, targets, round(seconds, 2), round(cpu, 2)), plans
