"""Adventure Works at the door: nothing refused, nothing lost, every key led to its person."""

from datetime import date
from decimal import Decimal


def test_no_file_is_refused(adventureworks):
    assert {
        table: result.problems for table, result in adventureworks.results.items() if result.problems
    } == {}


def test_nothing_is_quarantined(adventureworks):
    assert [load for load in adventureworks.landing.loads() if load.rows_quarantined] == []


def test_people_keep_their_296_dated_rows(adventureworks):
    people = adventureworks.rows(
        "select count(*), count(distinct employee_id), count(manager_id) from {e}", e="hr.employees"
    )
    assert people == [(296, 290, 295)]  # the chief executive has no manager


def test_managers_named_by_an_old_key_are_people(adventureworks, raw):
    expected = raw.sql(
        """
        select employee.employee_id, employee.valid_from, manager.employee_id
        from employee left join employee as manager on employee.manager_key = manager.employee_key
        """
    ).fetchall()
    landed = adventureworks.rows("select employee_id, valid_from, manager_id from {e}", e="hr.employees")
    assert sorted(landed, key=str) == sorted(expected, key=str)


def test_organisation_has_one_company_six_groups_sixteen_departments(adventureworks):
    levels = adventureworks.rows(
        "select unit_level, count(*), count(name_zh) from {o} group by 1 order by 1", o="hr.org_units"
    )
    assert levels == [("company", 1, 1), ("department", 16, 16), ("division", 6, 6)]


def test_a_post_is_a_title_within_a_department(adventureworks, raw):
    expected = raw.sql("select count(distinct (department, title)) from employee").fetchone()
    assert adventureworks.rows("select count(distinct position_id) from {p}", p="hr.positions") == [expected]


def test_sellers_are_employed_before_their_first_sale(adventureworks):
    late = adventureworks.rows(
        """
        select orders.order_id from {o} as orders left join {e} as seller
            on orders.employee_id = seller.employee_id and seller.hired_on <= cast(orders.ordered_at as date)
        where seller.employee_id is null
        """,
        o="sales.orders",
        e="hr.employees",
    )
    assert late == []


def test_sales_land_to_the_cent(adventureworks):
    total = adventureworks.rows(
        """
        select count(*), count(distinct orders.order_id), count(distinct orders.employee_id),
            sum(lines.amount), count(*) - count(lines.cost)
        from {l} as lines inner join {o} as orders on lines.order_id = orders.order_id
        """,
        l="sales.order_lines",
        o="sales.orders",
    )
    assert total == [(57_851, 3_616, 17, Decimal("77548570.2000"), 76)]


def test_orders_are_dated_in_the_companys_own_time(adventureworks, raw):
    first = adventureworks.rows("select min(ordered_at), max(ordered_at) from {o}", o="sales.orders")
    assert [str(moment) for moment in first[0]] == ["2017-07-01 07:00:00", "2020-05-31 07:00:00"]


def test_monthly_targets_are_turned_from_wide_to_long(adventureworks, raw):
    expected = raw.sql(
        """
        select
            employee_id,
            make_date(cast(year as integer), cast(right(month, 2) as integer), 1),
            thousands * 1000
        from (unpivot monthly_target on columns('M[0-9]+') into name month value thousands_text)
        inner join employee on "EmployeeID" = national_id,
            lateral (select try_cast(thousands_text as decimal(24, 6)) as thousands)
        where thousands is not null
        """
    ).fetchall()
    landed = adventureworks.rows(
        "select subject_id, period_start_on, target from {t} where period_grain = 'month'",
        t="library.targets",
    )
    assert len(landed) == 245
    assert sorted(landed) == sorted(expected)


def test_quotas_keep_their_own_quarters(adventureworks):
    quotas = adventureworks.rows(
        """
        select count(*), count(distinct (subject_id, period_start_on)), sum(target), min(period_start_on),
            max(period_start_on), count(*) filter (where revision = 2)
        from {t} where period_grain = 'quarter'
        """,
        t="library.targets",
    )
    assert quotas == [(163, 153, Decimal("95714000.000000"), date(2010, 10, 1), date(2013, 7, 1), 10)]


def test_every_seller_carries_his_revenue(adventureworks, raw):
    sellers = raw.sql(
        'select distinct employee_id from employee inner join sale on "EmployeeKey" = employee_key'
    )
    assigned = adventureworks.rows(
        "select subject_id from {a} where subject_type = 'employee'", a="library.metric_assignments"
    )
    assert sorted(assigned) == sorted(sellers.fetchall())


def test_no_national_id_lands(adventureworks, raw):
    """The national id leads to the person and stays behind."""
    national = {number for (number,) in raw.sql("select nationalidnumber from person").fetchall()}
    for table in ("hr.employees", "library.targets", "library.metric_assignments"):
        values = adventureworks.rows(
            "select columns(* exclude (_row_hash, _load_id))::varchar from {t}", t=table
        )
        assert not national & {value for row in values for value in row}
