"""Slices of the sample company against plain SQL over its staged records, and as parts of the whole."""

from fractions import Fraction

import duckdb
import pytest

# Month and value of the dimension → the figure of the company, from staged records alone.
PLAIN = {
    ("revenue", "product_category"): """
        select month_of(o.ordered_at), l.product_category, sum(l.amount), 1
        from staging.stg_sales__order_lines as l
        inner join staging.stg_sales__orders as o on l.order_id = o.order_id
        where o.status <> 'cancelled'
        group by all
    """,
    ("tickets_created", "priority"): """
        select month_start(created_on), coalesce(priority, '(unknown)'), count(*), 1
        from core.fct_ticket
        group by all
    """,
    ("win_rate", "account__account_segment"): """
        select month_of(o.closed_at), a.segment, count(*) filter (where o.status = 'won'), count(*)
        from staging.stg_sales__opportunities as o
        left join staging.stg_sales__accounts as a on o.account_id = a.account_id
        where o.status in ('won', 'lost')
        group by all
    """,
    ("csat", "ticket__contact_channel"): """
        select
            month_of(r.responded_at), coalesce(t.channel, '(unknown)'),
            count(*) filter (where r.score >= 4), count(*)
        from staging.stg_ticketing__satisfaction_ratings as r
        left join core.fct_ticket as t on r.ticket_id = t.ticket_id
        where r.survey_kind = 'csat'
        group by all
    """,
    # The family of the position as its record stood on the last day of the month.
    ("headcount", "position__job_family"): """
        select
            month_start(w.work_date),
            coalesce((
                select arg_max(p.job_family, coalesce(p.valid_from, date '1900-01-01'))
                from staging.stg_hr__positions as p
                where p.position_id = w.position_id and coalesce(p.valid_from, w.work_date) <= w.work_date
            ), '(unknown)'),
            sum(w.headcount), 1
        from core.fct_workforce_daily as w
        where not w.is_contractor and w.work_date in (
            select max(date_day) from core.fct_calendar_daily group by month_start(date_day)
        )
        group by all
    """,
}
MACROS = """
    create temp macro month_start(day) as cast(date_trunc('month', day) as date);
    create temp macro month_of(moment) as
        month_start(cast(moment at time zone 'UTC' at time zone 'Asia/Shanghai' as date));
"""


@pytest.fixture(scope="module")
def slices(marts: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    marts.execute(MACROS)
    return marts


@pytest.mark.parametrize(("metric_id", "dimension"), sorted(PLAIN))
def test_slices_are_what_plain_sql_says(
    slices: duckdb.DuckDBPyConnection, metric_id: str, dimension: str
) -> None:
    as_of = slices.execute("select as_of from library.run_context").fetchone()[0]
    expected = {
        (month, value): (Fraction(above), Fraction(below))
        for month, value, above, below in slices.execute(PLAIN[metric_id, dimension]).fetchall()
        if month is not None and month <= as_of
    }
    found = {
        (month, value): (Fraction(above), Fraction(below or 1))
        for month, value, above, below, state in slices.execute(
            """
            select period_start, dimension_value, numerator, denominator, state from marts.metric_slice
            where metric_id = ? and dimension = ? and subject_type = 'company' and period_grain = 'month'
            """,
            [metric_id, dimension],
        ).fetchall()
        if state != "suppressed"
    }
    assert len({value for _, value in found}) > 1
    small = {place for place, (_, below) in expected.items() if place not in found}
    assert found == {place: figure for place, figure in expected.items() if place not in small}
    hidden = slices.execute(
        "select count(*) from marts.metric_slice where metric_id = ? and dimension = ? "
        "and subject_type = 'company' and period_grain = 'month' and state = 'suppressed'",
        [metric_id, dimension],
    ).fetchone()[0]
    assert len(small) == hidden


def test_slices_of_a_department_follow_its_people(slices: duckdb.DuckDBPyConnection) -> None:
    """Revenue goes to where the seller was on the day, by full-time share, whatever was sold."""
    differing = slices.execute(
        """
        with lines as (
            select f.ordered_on, f.product_category,
                coalesce(h.org_unit_id, f.org_unit_id, 'OU-CO') as org_unit_id,
                f.amount * coalesce(h.attribution_share, 1) as amount
            from core.fct_order_line as f
            left join intermediate.int_hr__employee_assignment as h
                on f.employee_id = h.employee_id
                and f.ordered_on >= h.valid_from and f.ordered_on < h.valid_to
            where not f.is_cancelled
        ),
        expected as (
            select c.ancestor_id as subject_id, l.product_category as dimension_value,
                cast(date_trunc('quarter', l.ordered_on) as date) as period_start, sum(l.amount) as value
            from lines as l
            inner join intermediate.int_hr__org_closure as c
                on l.org_unit_id = c.descendant_id and c.ancestor_type = 'department'
                and l.ordered_on >= c.valid_from and l.ordered_on < c.valid_to
            group by all
        ),
        found as (
            select subject_id, dimension_value, period_start, value from marts.metric_slice
            where metric_id = 'revenue' and dimension = 'product_category'
                and subject_type = 'department' and period_grain = 'quarter'
        )
        select * from expected full join found using (subject_id, dimension_value, period_start)
        where expected.value is distinct from found.value
        """
    ).fetchall()
    assert differing == []


def test_slices_make_up_the_whole(slices: duckdb.DuckDBPyConnection) -> None:
    """The values of a dimension sum to the metric's own numerator and denominator, everywhere."""
    compared, differing = slices.execute(
        """
        with sliced as (
            select metric_id, dimension, subject_type, subject_id, period_grain, period_start, period_end,
                sum(numerator) as numerator, sum(denominator) as denominator
            from marts.metric_slice
            group by all
            having count(*) filter (where state in ('suppressed', 'no_data')) = 0
        )
        select count(*), count(*) filter (
            where v.numerator is distinct from s.numerator or v.denominator is distinct from s.denominator
        )
        from sliced as s
        inner join marts.metric_value as v
            using (metric_id, subject_type, subject_id, period_grain, period_start, period_end)
        where v.state = 'ok'
        """
    ).fetchone()
    assert compared > 1000
    assert differing == 0


def test_every_unit_and_period_of_a_count_is_sliced(slices: duckdb.DuckDBPyConnection) -> None:
    missing = slices.execute(
        """
        select v.subject_id, v.period_grain, v.period_start, d.dimension
        from marts.metric_value as v
        inner join library.metric_slice as d on v.metric_id = d.metric_id
        anti join marts.metric_slice as s
            on v.metric_id = s.metric_id and d.dimension = s.dimension and v.subject_id = s.subject_id
            and v.period_grain = s.period_grain
            and v.period_start = s.period_start and v.period_end = s.period_end
        where v.metric_id in ('revenue', 'tickets_created') and v.state = 'ok' and v.period_grain <> 'day'
            and v.subject_type in ('company', 'division', 'department', 'team')
        """
    ).fetchall()
    assert missing == []


def test_a_slice_of_too_few_is_hidden(slices: duckdb.DuckDBPyConnection) -> None:
    shown = slices.execute(
        """
        select count(s.value), count(*)
        from marts.metric_slice as s inner join marts.dim_metric as m on s.metric_id = m.metric_id
        where s.n < m.min_n
        """
    ).fetchone()
    assert shown[0] == 0
    assert shown[1] > 0
