"""What holds of the engine's figures for any company: its own SQL over small random ones."""

from collections.abc import Sequence
from datetime import date

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from night_in_memory import NightInMemory
from small_companies import AS_OF, DAYS, FIRST_DAY, SmallCompany, small_companies

from tests.nights import Night

pytestmark = pytest.mark.slow

METRICS = (
    "training_hours",
    "training_hours_per_fte",
    "overtime_rate",
    "profit",
    "profit_per_fte",
    "headcount",
    "closing_fte",
    "average_fte",
)
UNITS = ("company", "division", "department", "team")
some_companies = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@pytest.fixture(scope="module")
def engine(sample_night: Night) -> NightInMemory:
    return NightInMemory(sample_night, METRICS)


def figures(engine: NightInMemory, company: SmallCompany) -> duckdb.DuckDBPyConnection:
    return engine.run(company.loads(), FIRST_DAY, AS_OF)


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return connection.execute(sql).fetchall()


SUMS = """
    select p.*, c.time_aggregation, c.attribution
    from metrics.metric_component_period as p
    inner join library.metric_component as c on p.component_id = c.component_id
"""


@some_companies
@given(company=small_companies())
def test_any_order_of_roll_up_gives_the_same_value(engine: NightInMemory, company: SmallCompany):
    with figures(engine, company) as marts:
        assert_time_adds_up(marts)
        assert_units_add_up(marts)
        assert_people_add_up(marts)
        assert_ratios_lie_between_their_parts(marts)


def assert_time_adds_up(marts: duckdb.DuckDBPyConnection) -> None:
    """Days make up every longer period, whatever was summed on the way; a stock is that of the last day."""
    differing = rows(
        marts,
        f"""
        with sums as ({SUMS}),
        from_days as (
            select d.component_id, d.subject_type, d.subject_id, p.period_grain, p.period_start, p.period_end,
                sum(d.amount) as amount
            from sums as d
            inner join core.dim_period as p on d.period_start between p.period_start and p.last_day_on
            where d.period_grain = 'day' and p.period_grain <> 'day'
                and (d.time_aggregation = 'sum' or d.period_start = p.last_day_on)
            group by all
        )
        select component_id, subject_type, subject_id, period_grain, period_end, s.amount, d.amount
        from (
            select * from sums
            where period_grain <> 'day' and subject_type not in ('position', 'reporting_line')
        ) as s
        full join from_days as d
            using (component_id, subject_type, subject_id, period_grain, period_start, period_end)
        where s.amount is distinct from d.amount
        """,
    )
    assert differing == []


def assert_units_add_up(marts: duckdb.DuckDBPyConnection) -> None:
    """On every day a unit is what it holds itself and the units directly below it, at any depth."""
    differing = rows(
        marts,
        f"""
        with days as (
            select component_id, subject_id as org_unit_id, period_start as day, sum(amount) as amount
            from ({SUMS})
            where period_grain = 'day' and subject_type in {UNITS} and attribution <> 'shared'
            group by all
        ),
        tree as (
            select org_unit_id, parent_id, coalesce(valid_from, date '1900-01-01') as valid_from,
                coalesce(valid_to, date '9999-12-31') as valid_to
            from staging.stg_hr__org_units
        ),
        parts as (
            select component_id, org_unit_id, metric_date as day, amount
            from metrics.metric_component_daily
            where org_unit_id is not null
                and component_id in (select component_id from library.metric_component)
            union all
            select d.component_id, t.parent_id, d.day, d.amount
            from days as d
            inner join tree as t
                on d.org_unit_id = t.org_unit_id and t.valid_from <= d.day and d.day < t.valid_to
            where t.parent_id is not null
        )
        select component_id, org_unit_id, day, d.amount, p.amount
        from days as d
        full join (select component_id, org_unit_id, day, sum(amount) as amount from parts group by all) as p
            using (component_id, org_unit_id, day)
        where d.amount is distinct from p.amount
        """,
    )
    assert differing == []


def assert_people_add_up(marts: duckdb.DuckDBPyConnection) -> None:
    """People and what nobody could be named for are the company, and so are positions and what has none, a
    stock's on the days that a week or longer period ends with; the whole is that of the records themselves.
    """
    differing = rows(
        marts,
        f"""
        with whole as (
            select component_id, period_start as day, amount from ({SUMS})
            where period_grain = 'day' and subject_type = 'company'
        ),
        leaves as (
            select l.* from metrics.metric_component_daily as l
            inner join library.metric_component as c on l.component_id = c.component_id
            where c.attribution <> 'shared'
        ),
        parts as (
            select 'people' as part, component_id, period_start as day, amount from ({SUMS})
            where period_grain = 'day' and subject_type = 'employee'
            union all
            select 'people', component_id, metric_date, amount from leaves where employee_id is null
            union all
            select 'positions', component_id, span_start, amount from metrics.metric_component_subject
            where subject_type = 'position' and component_id in (select component_id from whole)
            union all
            select 'positions', component_id, metric_date, amount from leaves where position_id is null
            union all
            select 'records', 'trainings.training_hours_completed', completed_on, hours
            from staging.stg_hr__training_records
        ),
        of_positions as (
            select c.component_id, d.date_day as day
            from library.metric_component as c
            cross join core.dim_date as d
            where c.time_aggregation = 'sum'
                or d.date_day in (select last_day_on from core.dim_period where period_grain <> 'day')
        ),
        summed as (select part, component_id, day, sum(amount) as amount from parts group by all)
        select part, component_id, day, w.amount, s.amount
        from summed as s
        full join (
            select whole.*, part from whole cross join (values ('people'), ('positions')) as p (part)
        ) as w using (part, component_id, day)
        where w.amount is distinct from s.amount
            and (part = 'people' or (part = 'positions' and (component_id, day) in (from of_positions)))
        union all
        select part, component_id, day, w.amount, s.amount
        from summed as s left join whole as w using (component_id, day)
        where part = 'records' and w.amount is distinct from s.amount
        """,
    )
    assert differing == []


def assert_ratios_lie_between_their_parts(marts: duckdb.DuckDBPyConnection) -> None:
    """Where people with something below the line make up the company, its ratio is within theirs."""
    outside = rows(
        marts,
        """
        with ratio as (
            select * from marts.metric_value where denominator is not null and value is not null
        ),
        parts as (
            select metric_id, period_grain, period_start, period_end,
                min(value) as least, max(value) as greatest, min(denominator) as least_denominator,
                sum(numerator) as numerator, sum(denominator) as denominator
            from ratio where subject_type = 'employee' group by all
        )
        select w.metric_id, w.period_grain, w.period_end, w.value, p.least, p.greatest
        from ratio as w
        inner join parts as p using (metric_id, period_grain, period_start, period_end)
        where w.subject_type = 'company' and p.least_denominator > 0
            and w.numerator = p.numerator and w.denominator = p.denominator
            and not w.value between p.least and p.greatest
        """,
    )
    assert outside == []


def published(connection: duckdb.DuckDBPyConnection, *, before: date = date.max) -> list[tuple]:
    return rows(
        connection,
        f"select * exclude metric_version from marts.metric_value where period_end < '{before}' order by all",
    )


@st.composite
def arrivals(draw: st.DrawFn, company: SmallCompany) -> dict[str, list[Sequence[dict]]]:
    """The same records in any number of loads, some of them first as an older version, or sent twice."""
    loads = {}
    for table, table_rows in company.tables.items():
        written = [[] for _ in range(draw(st.integers(1, 3)))]
        for row in draw(st.permutations(table_rows)):
            place = draw(st.integers(0, len(written) - 1))
            written[place].append(row)
            if place and draw(st.booleans()):
                written[draw(st.integers(0, place - 1))].append(
                    draw(st.sampled_from([row, older(table, row)]))
                )
        loads[table] = written
    return loads


def older(table: str, row: dict) -> dict:
    """An earlier version of a record: the same key, another content, or deleted."""
    changed = {
        "hr.training_records": "hours",
        "hr.working_time": "contract_hours",
        "finance.ledger_monthly": "amount",
    }
    column = changed.get(table)
    return {**row, column: row[column] / 2} if column else {**row, "_is_deleted": True}


@some_companies
@given(data=st.data(), company=small_companies())
def test_however_the_records_arrive_the_figures_are_the_same(
    engine: NightInMemory, company: SmallCompany, data: st.DataObject
):
    loads = data.draw(arrivals(company))
    with figures(engine, company) as at_once, engine.run(loads, FIRST_DAY, AS_OF) as in_loads:
        assert published(at_once) == published(in_loads)


@some_companies
@given(data=st.data(), company=small_companies())
def test_a_closed_month_does_not_move_when_somebody_transfers_later(
    engine: NightInMemory, company: SmallCompany, data: st.DataObject
):
    day = data.draw(st.sampled_from([day for day in DAYS if day >= date(2025, 2, 1)]))
    changed = data.draw(reorganised(company, day))
    with figures(engine, company) as before, figures(engine, changed) as after:
        assert published(before, before=day) == published(after, before=day)


@st.composite
def reorganised(draw: st.DrawFn, company: SmallCompany, day: date) -> SmallCompany:
    """From `day` on somebody holds another position, works less, reports to nobody, and a unit has moved."""
    held = company.tables["hr.employee_positions"]
    if held:
        spell = draw(st.sampled_from(held))
        ends_on = spell["valid_to"]
        if spell["valid_from"] < day and (ends_on is None or day < ends_on):
            position = draw(st.sampled_from(company.tables["hr.positions"]))["position_id"]
            others = [one for one in held if one is not spell]
            moved = {**spell, "position_id": position, "fte_share": spell["fte_share"] / 2, "valid_from": day}
            keys = {(one["employee_id"], one["position_id"], one["valid_from"]) for one in others}
            if (moved["employee_id"], position, day) not in keys:
                company = company.with_rows(
                    "hr.employee_positions", [*others, {**spell, "valid_to": day}, moved]
                )
    people = company.tables["hr.employees"]
    person = draw(st.sampled_from(people))
    later = [{**person, "valid_to": day}, {**person, "valid_from": day, "manager_id": None}]
    company = company.with_rows("hr.employees", [*(one for one in people if one is not person), *later])
    units = company.tables["hr.org_units"]
    unit = draw(st.sampled_from(units))
    if unit.get("parent_id") not in (None, "U0") and "valid_from" not in unit and "valid_to" not in unit:
        moved = [{**unit, "valid_to": day}, {**unit, "parent_id": "U0", "valid_from": day}]
        company = company.with_rows("hr.org_units", [*(one for one in units if one is not unit), *moved])
    return company
