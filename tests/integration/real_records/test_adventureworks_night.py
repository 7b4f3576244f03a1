"""Adventure Works as published: sales and managers' lines to the cent; what cannot be told, by name."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

pytestmark = pytest.mark.slow

COMPANY = "group-1"
SALES_BY_YEAR = {
    2017: Decimal("8069755.58"),
    2018: Decimal("24328786.25"),
    2019: Decimal("32500005.58"),
    2020: Decimal("12650022.79"),
}


def year(number: int) -> date:
    return date(number, 1, 1)


def test_sales_by_year_and_in_total(adventureworks_night):
    revenue = adventureworks_night.figures("revenue", "company", "year")
    assert revenue == {(COMPANY, year(number)): amount for number, amount in SALES_BY_YEAR.items()}
    assert sum(revenue.values()) == Decimal("77548570.20")


def test_sales_by_month_and_day_equal_the_file(adventureworks_night, raw):
    for grain in ("month", "day"):
        expected = raw.sql(
            f"""
            select
                date_trunc('{grain}', cast("OrderDate" as date))::date,
                sum(cast("SalesAmount" as decimal(18, 2)))
            from sale group by 1
            """
        ).fetchall()
        revenue = adventureworks_night.figures("revenue", "company", grain)
        assert {start: amount for (_, start), amount in revenue.items()} == dict(expected)


def test_orders(adventureworks_night):
    assert sum(adventureworks_night.figures("orders", "company", "year").values()) == 3_616


def test_every_line_is_accounted_for(adventureworks_night):
    counts = adventureworks_night.rows(
        """
        select "table", sum(rows_read), sum(rows_landed), sum(rows_quarantined), sum(rows_duplicate)
        from marts.load_reconciliation where "table" in ('sales.order_lines', 'sales.orders', 'hr.employees')
        group by 1 order by 1
        """
    )
    assert counts == [
        ("hr.employees", 296, 296, 0, 0),
        ("sales.order_lines", 57_851, 57_851, 0, 0),
        ("sales.orders", 3_616, 3_616, 0, 0),
    ]


def test_each_seller_to_the_cent(adventureworks_night, raw):
    expected = raw.sql(
        """
        select employee_id, date_trunc('month', cast("OrderDate" as date))::date,
            sum(cast("SalesAmount" as decimal(18, 2)))
        from sale inner join employee on "EmployeeKey" = employee_key group by all
        """
    ).fetchall()
    sellers = adventureworks_night.figures("revenue", "employee", "month")
    assert sellers == {(seller, month): amount for seller, month, amount in expected}
    assert len({seller for seller, _ in sellers}) == 17


@pytest.mark.parametrize(
    ("seller", "month", "amount"),
    [
        ("275", date(2019, 8, 1), "453349.19"),  # Michael Blythe, EmployeeKey 281
        ("275", date(2020, 5, 1), "244075.18"),
        ("286", date(2019, 7, 1), "54329.44"),  # Lynn Tsoflias, EmployeeKey 296
        ("289", date(2018, 7, 1), "635731.80"),  # Jae Pak, EmployeeKey 291
    ],
)
def test_sellers_by_hand(adventureworks_night, seller, month, amount):
    assert adventureworks_night.figures("revenue", "employee", "month")[seller, month] == Decimal(amount)


def test_sellers_sum_up_their_managers_lines_to_the_company(adventureworks_night, raw):
    """The way up from each seller, walked over the raw file's manager keys, not by our lines."""
    manager_of = dict(raw.sql("select employee_key, manager_key from employee").fetchall())
    person_of = dict(raw.sql("select employee_key, employee_id from employee").fetchall())
    leaders = {person_of[key] for key in manager_of.values() if key is not None}
    expected: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for key, number, amount in raw.sql(
        """
        select
            "EmployeeKey", year(cast("OrderDate" as date)), sum(cast("SalesAmount" as decimal(18, 2)))
        from sale group by all
        """
    ).fetchall():
        while key is not None:
            if person_of[key] in leaders:
                expected[person_of[key], year(number)] += amount
            key = manager_of[key]
    lines = adventureworks_night.figures("revenue", "reporting_line", "year")
    assert lines == expected
    chief_executive = {number: lines["1", year(number)] for number in SALES_BY_YEAR}
    assert chief_executive == SALES_BY_YEAR


def test_the_three_regions_are_the_whole(adventureworks_night):
    lines = adventureworks_night.figures("revenue", "reporting_line", "year")
    for number, total in SALES_BY_YEAR.items():
        regions = [lines.get((manager, year(number)), Decimal(0)) for manager in ("274", "287", "285")]
        assert sum(regions) == lines["273", year(number)] == total


def test_the_cascade_reconciles_the_regions_with_the_company(adventureworks_night):
    rows = adventureworks_night.rows(
        """
        select period_grain, state, children, difference, count(*)
        from marts.mart_cascade_reconciliation group by all order by all
        """
    )
    assert {(state, children, difference) for _, state, children, difference, _ in rows} == {
        ("reconciles", 3, 0)
    }
    assert {grain: count for grain, *_, count in rows} == {"month": 11, "quarter": 4}


def test_headcount_by_day(adventureworks_night, raw):
    """On each day from the first sale to the as-of day: whoever the raw file says was hired by then."""
    first, last = date(2017, 7, 1), date(2020, 5, 31)
    expected = raw.sql(
        f"""
        select day::date, count(*)
        from generate_series(date '{first}', date '{last}', interval 1 day) as days (day)
        inner join (select min(hired_on) as hired_on from employee group by employee_id) on hired_on <= day
        group by 1
        """
    ).fetchall()
    assert len(expected) == (last - first).days + 1
    days = adventureworks_night.figures("headcount", "company", "day")
    assert {day: count for (_, day), count in days.items()} == dict(expected)


def test_headcount_of_a_department_by_day(adventureworks_night, raw):
    sales = raw.sql(
        "select min(hired_on) from employee where department = 'Sales' group by employee_id"
    ).fetchall()
    for (unit, day), count in adventureworks_night.figures("headcount", "department", "day").items():
        if unit == "department-3":
            assert count == sum(start <= day for (start,) in sales)


def test_margin_leaves_out_the_lines_without_a_cost(adventureworks_night, raw):
    expected = raw.sql(
        """
        select date_trunc('year', cast("OrderDate" as date))::date,
            sum(cast("SalesAmount" as decimal(18, 2)) - cast("TotalProductCost" as decimal(18, 2))),
            sum(cast("SalesAmount" as decimal(18, 2)))
        from sale where "TotalProductCost" <> 'NULL' group by 1
        """
    ).fetchall()
    margin = adventureworks_night.figures("gross_margin", "company", "year")
    assert {start: amount for (_, start), amount in margin.items()} == {
        start: amount for start, amount, _ in expected
    }
    rate = adventureworks_night.figures("gross_margin_rate", "company", "year")
    for start, amount, revenue in expected:
        assert rate[COMPANY, start] == pytest.approx(amount / revenue, abs=Decimal("1e-9"))


def test_lines_without_a_cost_are_counted(adventureworks_night):
    """Both figures say on how many lines they rest."""
    lines = dict(
        adventureworks_night.rows(
            """
            select metric_id, sum(n) from marts.metric_value
            where metric_id in ('revenue', 'gross_margin')
                and subject_type = 'company' and period_grain = 'year'
            group by 1
            """
        )
    )
    assert lines == {"revenue": 57_851, "gross_margin": 57_851 - 76}


COMPUTABLE = {
    "active_customers",
    "average_fte",
    "average_headcount",
    "average_order_value",
    "closing_fte",
    "gross_margin",
    "gross_margin_per_fte",
    "gross_margin_rate",
    "headcount",
    "hires",
    "orders",
    "orders_per_fte",
    "revenue",
    "revenue_per_fte",
}


def test_metrics_without_a_source_are_not_computable_by_name(adventureworks_night):
    states = dict(adventureworks_night.rows("select metric_id, state from marts.dim_metric"))
    reasons = dict(adventureworks_night.rows("select metric_id, state_reason from marts.dim_metric"))
    absent = {
        "csat": "ticketing.satisfaction_ratings",
        "training_hours": "hr.training_records",
        "win_rate": "sales.opportunities",
        "on_time_delivery_rate": "sales.deliveries",
        "workforce_cost": "hr.payroll_monthly",
    }
    for metric, table in absent.items():
        assert states[metric] == "not_computable", metric
        assert table in reasons[metric]
    assert {metric for metric, state in states.items() if state == "ok"} == COMPUTABLE
    assert {state for metric, state in states.items() if metric not in COMPUTABLE} == {"not_computable"}


def test_every_sale_reaches_a_person(adventureworks_night):
    assert adventureworks_night.rows("select * from marts.mart_unattributed where fact like '%order%'") == []
    assert adventureworks_night.rows("select * from marts.mart_reference_gap") == []


def test_goals_reach_down_to_each_seller(adventureworks_night, raw):
    carriers = adventureworks_night.rows(
        """
        select distinct subject_id from marts.goal_path
        where root_goal_id = 'grow_reseller_sales' and metric_id = 'revenue' and subject_type = 'employee'
        """
    )
    sellers = raw.sql(
        'select distinct employee_id from sale inner join employee on "EmployeeKey" = employee_key'
    )
    head_of_sales = "273"
    assert {person for (person,) in carriers} == {person for (person,) in sellers.fetchall()} | {
        head_of_sales
    }
