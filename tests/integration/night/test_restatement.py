"""Figures of closed months: a late record restates them and says so, a later transfer does not move them."""

import csv
import json
from datetime import date
from decimal import Decimal

import duckdb
import pytest

pytestmark = pytest.mark.slow

MAY = "DATE '2026-05-01'"


def published(warehouse, sql):
    file = warehouse.home / "published" / warehouse.current / "goldthread.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def correct_an_order_line(exports):
    """The last order line of May is corrected at the end of June: it is worth 1,000 more."""
    file = exports / "erp" / "order_lines_202605.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    row = dict(zip(header, rows[-1], strict=True))
    row |= {"金额": f"{Decimal(row['金额']) + 1000:.2f}", "修改时间": "2026-06-30 23:30:00"}
    with file.with_name("order_lines_corrected.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, row.values()])


def transfer(exports, person, position, first_day):
    """From `first_day` on, somebody holds another position instead of the present one."""
    file = exports / "hris" / "assignments.csv"
    lines = file.read_text("utf-8").splitlines()
    [place] = [
        place for place, line in enumerate(lines) if line.startswith(person) and line.split(";")[5] == ""
    ]
    left = lines[place].split(";")
    lines[place] = ";".join([*left[:5], str(first_day), "2026-06-30 18:30:00"])
    lines.append(f"{person};{position};100%;X;{first_day};;2026-06-30 18:30:00")
    file.write_text("\n".join(lines) + "\n", "utf-8")


def somebody_to_transfer(warehouse):
    """Who resolved most tickets in May, and a position in another team."""
    [(person, unit)] = published(
        warehouse,
        "SELECT l.employee_id, l.org_unit_id FROM marts.metric_component_daily AS l "
        "JOIN marts.metric_term AS t ON l.component_id = t.component_id AND t.metric_id = 'tickets_resolved' "
        f"WHERE date_trunc('month', l.metric_date) = {MAY} AND l.employee_id IS NOT NULL "
        "AND l.org_unit_id LIKE 'OU-TEAM-%' GROUP BY ALL ORDER BY sum(l.amount) DESC, 1 LIMIT 1",
    )
    [(position,)] = published(
        warehouse,
        "SELECT min(position_id) FROM marts.dim_position "
        f"WHERE is_current AND org_unit_id LIKE 'OU-TEAM-%' AND org_unit_id <> '{unit}'",
    )
    return person, unit, position


def figures_of_may(warehouse, *subjects):
    listed = ", ".join(f"'{subject}'" for subject in subjects)
    return published(
        warehouse,
        "SELECT metric_id, subject_id, value, n, state, restated_on FROM marts.metric_value "
        f"WHERE period_grain = 'month' AND period_start = {MAY} AND subject_id IN ({listed}) ORDER BY ALL",
    )


def test_a_late_record_restates_its_month_and_a_later_transfer_does_not(warehouse, next_day):
    person, unit, position = somebody_to_transfer(warehouse)
    before = figures_of_may(warehouse, person, unit)
    correct_an_order_line(warehouse.exports)
    transfer(warehouse.exports, person, position, next_day)
    code, _, errors = warehouse.refresh("--as-of", str(next_day))
    assert code == 0, errors

    # The transfer has happened, and May is what it was.
    held = published(
        warehouse,
        "SELECT DISTINCT position_id FROM marts.metric_component_daily "
        f"WHERE employee_id = '{person}' AND metric_date = DATE '{next_day}'",
    )
    assert held == [(position,)]
    assert figures_of_may(warehouse, person, unit) == before

    # The correction has moved what rests on order lines, in every period with that day, and says so.
    log = published(
        warehouse,
        "SELECT metric_id, period_grain, period_start, period_end, value_before, value_now, restated_on, "
        "cause FROM marts.metric_restatement WHERE subject_type = 'company'",
    )
    assert {(day, cause) for *_, day, cause in log} == {(next_day, "late_records")}
    revenue = [row for row in log if row[0] == "revenue"]
    assert {now - was for *_, was, now, _, _ in revenue} == {1000}
    assert {"week", "month", "quarter", "ytd"} <= {grain for _, grain, *_ in revenue}
    assert all(start <= date(2026, 5, 31) <= end for _, _, start, end, *_ in revenue)
    moved = {metric for metric, _, _, end, *_ in log if end <= date(2026, 5, 31)}
    on_orders = published(
        warehouse, "SELECT metric_id FROM marts.metric_term WHERE fact IN ('fct_order', 'fct_order_line')"
    )
    assert {"revenue", "gross_margin"} <= moved <= {metric for (metric,) in on_orders}

    done = warehouse.run("value", "revenue", "--period", "2026-05", "--json")
    assert json.loads(done.output)[0]["restated_on"] == str(next_day)
    assert (
        f"restated on · 更正于 {next_day}" in warehouse.run("value", "revenue", "--period", "2026-05").output
    )
    assert "restated" not in warehouse.run("value", "headcount", "--period", "2026-05").output
