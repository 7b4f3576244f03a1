"""Forecasts at half of a period, tried on the periods of the sample that are over: how far off, how "
"often inside."""

from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest

from tests.nights import Night
from tests.unit.dbt_project.rendering import model

pytestmark = pytest.mark.slow

REPLACED = ("int_strategy__target_figure", "int_strategy__past_progress")
HALF_GONE = """
create table int_strategy__target_figure as
select distinct
    f.metric_id, f.measured_type, f.measured_id, grains.grain as period_grain, f.accumulates,
    1 as elapsed_workdays, 2 as workdays, true as is_open, 1 as target, 1 as value,
    cast(null as varchar) as invalid_reason
from warehouse.intermediate.int_strategy__target_figure as f
cross join (values ('month'), ('quarter')) as grains (grain)
where f.target is not null
"""
OFF = """
select
    period_grain, accumulates, median(coalesce(
        abs(1 / relative_error - 1), abs(absolute_error / (numerator_in_all / nullif(denominator_in_all, 0)))
    ))
from foreseen
where
    measured_type not in ('employee', 'position')
    and earlier_periods >= case period_grain when 'month' then 12 else 4 end
group by all
"""
INSIDE = """
with errors as (
    select *, coalesce(relative_error, absolute_error) as error from foreseen
    where relative_error is not null or absolute_error is not null
),

intervals as (
    select later.metric_id, later.measured_id, later.measured_type, later.period_grain, later.period_start,
        later.error, percentile_cont(0.1) within group (order by earlier.error) as low,
        percentile_cont(0.9) within group (order by earlier.error) as high
    from errors as later
    inner join errors as earlier
        on later.metric_id = earlier.metric_id and later.period_grain = earlier.period_grain
            and later.measured_type = earlier.measured_type and earlier.period_start < later.period_start
    group by all
    having count(*) >= 5
)

select period_grain, avg(case when error between low and high then 1 else 0 end) from intervals group by all
"""


@pytest.fixture(scope="module")
def tried(sample_night: Night) -> Iterator[duckdb.DuckDBPyConnection]:
    """The models of the forecast over the night's components, every month and quarter taken at half of it."""
    connection = duckdb.connect()
    run = connection.execute
    run(f"attach '{sample_night.warehouse}' as warehouse (read_only)")
    run("create schema library")
    tables = run(
        "select table_schema, table_name from information_schema.tables where table_catalog = 'warehouse' "
        "and table_schema in ('library', 'core', 'metrics', 'intermediate')"
    ).fetchall()
    for schema, table in tables:
        if table not in REPLACED:
            own = "library." if schema == "library" else ""
            run(f"create view {own}{table} as select * from warehouse.{schema}.{table}")
    run(HALF_GONE)
    run(f"create table int_strategy__past_progress as {model('targets/int_strategy__past_progress')}")
    method = model("targets/int_strategy__forecast_method")
    run(
        f"create table foreseen as {method[: method.index('errors as (')].rstrip().rstrip(',')} select * "
        f"from foreseen"
    )
    yield connection
    connection.close()


def test_how_far_off_half_time_forecasts_of_units_are(tried):
    """Amounts of units were off by 9.4 % in months and 6.1 % in quarters, in the median; rates by 5.2 "
    "% and 3.3 %."""
    off = {(grain, gathers): error for grain, gathers, error in tried.execute(OFF).fetchall()}
    assert off["month", True] < 0.12
    assert off["quarter", True] < 0.08
    assert off["month", False] < 0.07
    assert off["quarter", False] < 0.05


def test_how_often_the_interval_holds(tried):
    """Drawn from what was over before, it should hold 80 of 100: it held 79 of the months, 77 of the "
    "quarters."""
    inside = dict(tried.execute(INSIDE).fetchall())
    assert 0.72 < inside["month"] < 0.88
    assert 0.70 < inside["quarter"] < 0.88


def test_a_forecast_stands_inside_its_interval(sample_night: Night):
    rows = sample_night.rows(
        """
        select forecast_low, forecast, forecast_high from marts.mart_attainment
        where forecast_low is not null and state = 'not_due' and period_grain = 'year'
        """
    )
    assert len(rows) > 200
    assert all(low <= high for low, _, high in rows)


def test_amounts_are_foreseen_by_the_share_of_earlier_years(sample_night: Night):
    """What the company sold so far, over the part of the year that its years before had by now."""
    [(value, due, forecast, target)] = sample_night.rows(
        """
        select value, expected_by_now, forecast, target from marts.mart_attainment
        where metric_id = 'revenue' and subject_type = 'company' and period_grain = 'year' and origin = 'set'
        """
    )
    share = due / target
    assert Decimal("0.44") < share < Decimal("0.48")  # working days alone would say 0.484
    assert forecast == pytest.approx(value / share, rel=Decimal("1e-6"))
