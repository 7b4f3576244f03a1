"""A night that computes what changed publishes the same bytes as one that computes everything."""

from __future__ import annotations

import copy
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.integration.incremental.nights import (
    MARTS,
    Company,
    left_alone_in,
    marked,
    publication,
    published,
    records,
    unchanged_models,
)
from tests.integration.warehouse.company import AS_OF

pytestmark = pytest.mark.slow

DAYS = st.dates(date(2026, 2, 1), AS_OF)
LATE = date(2026, 5, 4)


def order(company: Company, day: date, amount: int, *, seller: str = "ann") -> None:
    number = len(company.landing.written)
    company.land(
        "sales.orders",
        [{"order_id": f"new{number}", "employee_id": seller, "status": "delivered",
          "ordered_at": datetime(day.year, day.month, day.day, 3)}],
    )  # fmt: skip
    company.land(
        "sales.order_lines",
        [{"order_line_id": f"line{number}", "order_id": f"new{number}", "quantity": 1, "amount": amount}],
    )


def next_day(company: Company, day: date, amount: int) -> None:
    company.as_of += timedelta(days=1)
    order(company, company.as_of, amount)


def late_order(company: Company, day: date, amount: int) -> None:
    order(company, day, amount, seller="bob")


def corrected_line(company: Company, day: date, amount: int) -> None:
    company.land(
        "sales.order_lines", [{"order_line_id": "l1", "order_id": "o1", "quantity": 1, "amount": amount}]
    )


def recategorised_line(company: Company, day: date, amount: int) -> None:
    line = {"order_line_id": "l1", "order_id": "o1", "quantity": 1, "amount": 100, "cost": 60}
    company.land("sales.order_lines", [{**line, "product_category": f"category {amount}"}])


def deleted_ticket(company: Company, day: date, amount: int) -> None:
    company.land("ticketing.tickets", [{"ticket_id": "t1", "status_class": "closed", "_is_deleted": True}])


def transfer(company: Company, day: date, amount: int) -> None:
    held = {"employee_id": "bob", "fte_share": 0.6, "is_primary": True}
    company.land(
        "hr.employee_positions",
        [{**held, "position_id": "P4", "valid_from": date(2025, 1, 1), "valid_to": day},
         {**held, "position_id": "P1", "valid_from": day}],
    )  # fmt: skip


def reorganisation(company: Company, day: date, amount: int) -> None:
    company.land(
        "hr.org_units",
        [
            {
                "org_unit_id": "D2",
                "parent_id": "D1",
                "name": "Two",
                "unit_level": "department",
                "valid_from": day,
            }
        ],
    )


def edited_definition(company: Company, day: date, amount: int) -> None:
    company.condition = "true" if company.condition == "false" else "false"


def other_grains(company: Company, day: date, amount: int) -> None:
    company.grains = "[month, year]" if "week" in company.grains else "[week, month, year]"


def moved_band(company: Company, day: date, amount: int) -> None:
    number = len(company.landing.written)
    company.land(
        "library.targets",
        [{"target_id": f"band{number}", "metric_id": "orders_of_note", "subject_type": "company",
          "subject_id": "C", "period_grain": "month", "period_start_on": day.replace(day=1),
          "revision": number, "kind": "within", "target": 0, "lower_bound": 0, "upper_bound": amount}],
    )  # fmt: skip


def ticket_event(company: Company, day: date, amount: int) -> None:
    """What bob did on a ticket that nothing else tells of, at another time than was told before."""
    company.land(
        "ticketing.ticket_events",
        [{"event_id": f"event{amount % 2}", "ticket_id": "t3", "actor_id": "bob", "status_class": "open",
          "event_type": "status_changed", "occurred_at": datetime(day.year, day.month, day.day, 4)}],
    )  # fmt: skip


def known_seller(company: Company, day: date, amount: int) -> None:
    company.land("hr.employees", [{"employee_id": "ghost", "hired_on": date(2026, 1, 1)}])


def resegmented_account(company: Company, day: date, amount: int) -> None:
    company.land("sales.accounts", [{"account_id": f"a{amount % 2}", "segment": f"segment {amount}"}])


def delivery(company: Company, day: date, amount: int) -> None:
    number = len(company.landing.written)
    accepted = {"delivery_id": f"delivery{number}", "order_id": f"o{amount % 3 + 1}"}
    company.land("sales.deliveries", [{**accepted, "accepted_at": datetime(day.year, day.month, day.day, 9)}])


CHANGES = [
    next_day, late_order, corrected_line, recategorised_line, deleted_ticket, ticket_event, known_seller,
    resegmented_account, delivery, transfer, reorganisation, edited_definition, other_grains, moved_band,
]  # fmt: skip


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Company, Path]:
    company = Company(tmp_path_factory.mktemp("company"))
    return company, company.night(None, "first")


@pytest.fixture(scope="module")
def late_night(first_night: tuple[Company, Path]) -> tuple[Company, Path]:
    """The night after the first one, to which an order of an earlier day came."""
    company, warehouse = first_night
    company = variant(company)
    late_order(company, LATE, 500)
    return company, company.night(warehouse, "late")


def variant(company: Company) -> Company:
    """The same company, whose further records are its own; nights share a folder, so that dbt parses once."""
    other = copy.copy(company)
    other.landing = copy.copy(company.landing)
    other.landing.written = list(company.landing.written)
    other.landing.folder = company.landing.folder.with_name(f"landing_{len(list(company.folder.iterdir()))}")
    return other


@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # an example is several nights: the first that fails is shown as it is
    suppress_health_check=list(HealthCheck),
)
@given(
    nights=st.lists(
        st.lists(st.tuples(st.sampled_from(CHANGES), DAYS, st.integers(1, 999)), min_size=1, max_size=3),
        min_size=2,
        max_size=2,
    )
)
def test_any_sequence_of_nights_publishes_what_one_full_night_does(first_night, nights):
    company, warehouse = first_night
    company, marts = variant(company), publication(warehouse)
    for number, changes in enumerate(nights):
        for change, day, amount in changes:
            change(company, day, amount)
        warehouse = company.night(warehouse, f"night_{number}")
        marts = publication(warehouse, marts)
    assert marts.marts == publication(company.night(None, "full")).marts


def test_every_kind_of_change_reaches_the_figures(first_night):
    company, warehouse = first_night
    company = variant(company)
    for change in CHANGES:
        change(company, LATE, 500)
    continued = company.night(warehouse, "every_change")
    full = company.night(None, "full")
    assert records(continued) == records(full)
    assert published(continued) == published(full)
    before, now = published(warehouse), published(continued)
    assert all(before[mart] != now[mart] for mart in now)


@pytest.mark.parametrize(
    ("changes", "by_key"),
    [
        ([ticket_event], {"int_ticketing__ticket_event", "fct_ticket_event"}),
        ([late_order, delivery], {"int_sales__order", "fct_order_line"}),
        ([known_seller, resegmented_account], {"int_sales__order", "fct_order_line", "fct_ticket_event"}),
    ],
)
def test_a_fact_is_made_anew_where_its_records_changed_alone(first_night, changes, by_key):
    company, warehouse = first_night
    company = variant(company)
    for change in changes:
        change(company, date(2026, 5, 6), 1)
    assert by_key <= left_alone_in(company.night(marked(warehouse), "changed"))


def test_a_fact_is_made_as_a_whole_where_it_is_not_told_what_changed(first_night):
    company, warehouse = first_night
    company = variant(company)
    company.land("hr.org_units", [{"org_unit_id": "D3", "parent_id": "C", "name": "Three"}])
    late_order(company, LATE, 500)
    assert "int_sales__order" not in left_alone_in(company.night(marked(warehouse), "founded"))


def test_a_late_record_touches_its_own_day_alone(late_night):
    company, continued = late_night
    assert touched(continued) == {LATE}
    assert touched(variant(company).night(continued, "again")) == set()


def test_somebody_new_touches_no_day_before(first_night):
    company, warehouse = first_night
    company = variant(company)
    hired = AS_OF - timedelta(days=2)
    company.land(
        "hr.employees", [{"employee_id": "new", "manager_id": "ann", "hired_on": hired, "valid_from": hired}]
    )
    days = touched(company.night(warehouse, "hired"))
    assert days == {hired, hired + timedelta(days=1), AS_OF}


def test_a_dimension_that_changes_moves_the_slices_and_not_the_whole(first_night):
    company, warehouse = first_night
    company = variant(company)
    recategorised_line(company, AS_OF, 1)
    continued = company.night(warehouse, "recategorised")
    before, now = published(warehouse), published(continued)
    assert now == published(company.night(None, "full"))
    assert {mart for mart in now if now[mart] != before[mart]} == {"metric_slice"}


def test_a_band_that_moves_is_judged_by_anew_in_its_own_period_alone(first_night):
    company, warehouse = first_night
    company = variant(company)
    for month in (2, 3, 4, 5, 6):
        moved_band(company, date(2026, month, 1), 0)
    banded = company.night(warehouse, "banded")
    moved_band(company, date(2026, 5, 1), 10**6)
    moved = company.night(banded, "moved")
    assert published(moved) == published(company.night(None, "full"))
    assert judged(moved) != judged(banded) != judged(warehouse)
    assert published(moved)["metric_value"] == published(warehouse)["metric_value"]


def test_changes_are_explained_until_the_next_year_is_over(first_night):
    company, warehouse = first_night
    company = variant(company)
    company.as_of = date(2028, 1, 2)
    later = company.night(warehouse, "years_later")
    assert 2026 in explained_years(warehouse)
    assert 2026 not in explained_years(later)
    assert published(later) == published(company.night(None, "full"))


def explained_years(warehouse: Path) -> set[int]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        years = connection.execute("select distinct year(period_start) from marts.metric_contribution")
        return {year for (year,) in years.fetchall()}


def judged(warehouse: Path) -> list[tuple]:
    """Which figures of the metric with a band moved towards it."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(
            "select period_start, previous_is_improvement from marts.metric_comparison where "
            "metric_id = 'orders_of_note' and subject_type = 'company' and period_grain = 'month' order by 1"
        ).fetchall()


def test_records_of_a_load_that_is_held_back_are_gone(first_night, late_night):
    (company, warehouse), (_, continued) = first_night, late_night
    again = variant(company).night(continued, "without_load")
    assert published(again) == published(warehouse) != published(continued)
    assert records(again) == records(warehouse)


def test_an_edited_definition_touches_no_other_metric(first_night):
    company, warehouse = first_night
    company = variant(company)
    edited_definition(company, AS_OF, 0)
    with duckdb.connect(str(company.night(warehouse, "edited")), read_only=True) as connection:
        metrics = connection.execute("select distinct metric_id from metrics.metric_touched").fetchall()
    assert metrics == [("orders_of_note",)]


def test_amounts_are_summed_for_the_grains_that_are_asked_for(first_night):
    company, warehouse = first_night
    company = variant(company)
    assert {"day", "week", "month", "quarter"} <= set(amounts_of_note(warehouse))
    other_grains(company, AS_OF, 0)
    monthly = amounts_of_note(company.night(warehouse, "monthly"))
    assert set(monthly) == {"month", "year", "rolling_3_months"}
    assert monthly == amounts_of_note(company.night(None, "monthly_anew"))


def amounts_of_note(warehouse: Path) -> dict[str, tuple[int, Decimal]]:
    """Of each grain of the edited metric's component: rows, and the sum of their amounts."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select period_grain, count(*), sum(amount) from metrics.metric_component_period as p "
            "semi join library.metric_term as t on p.component_id = t.component_id "
            "and t.metric_id = 'orders_of_note' group by all"
        ).fetchall()
    return {grain: (count, amount) for grain, count, amount in rows}


def test_a_stretch_is_computed_again_on_request(first_night):
    company, warehouse = first_night
    stretch = (date(2026, 3, 1), date(2026, 3, 31))
    again = variant(company).night(warehouse, "stretch", recompute=stretch)
    assert {day.month for day in touched(again)} == {3}
    assert published(again) == published(warehouse)


def touched(warehouse: Path) -> set[date]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return {
            day
            for (day,) in connection.execute(
                "select distinct metric_date from metrics.metric_component_touched"
            ).fetchall()
        }


def test_without_news_every_figure_and_fact_stays_as_it_was(first_night):
    company, warehouse = first_night
    again = variant(company).night(variant(company).night(warehouse, "no_news"), "still_no_news")
    marts = {mart.name for mart in MARTS}
    assert marts | {"fct_order", "fct_ticket", "dim_date"} <= unchanged_models(again)
    assert published(again) == published(warehouse)


def test_what_a_new_record_changes_is_told_apart_from_what_it_does_not(late_night):
    unchanged = unchanged_models(late_night[1])
    assert {"fct_ticket", "int_hr__org_closure"} <= unchanged
    assert not {"fct_order", "metric_value", "metric_component_daily"} & unchanged
