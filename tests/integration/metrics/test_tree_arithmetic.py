"""Accounting identities that hold for every component and metric of a night, whatever the company."""

import duckdb
import pytest

pytestmark = pytest.mark.slow


def rows(marts: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return marts.execute(sql).fetchall()


def test_the_company_is_the_sum_of_all_leaves(marts):
    """People plus what nobody could be named for: nothing is lost on the way up, on any day."""
    differing = rows(
        marts,
        """
        with leaves as (
            select l.component_id, l.metric_date, sum(l.amount) as amount
            from metrics.metric_component_daily as l
            inner join library.metric_component as c on l.component_id = c.component_id
            where c.attribution <> 'shared' and c.time_aggregation = 'sum'
            group by all
        ),
        by_month as (
            select component_id, date_trunc('month', metric_date)::date as period_start, sum(amount) as amount
            from leaves group by all
        )
        select b.component_id, b.period_start, b.amount, p.amount
        from by_month as b
        left join metrics.metric_component_period as p
            on b.component_id = p.component_id and b.period_start = p.period_start
            and p.period_grain = 'month' and p.subject_type = 'company'
        where p.amount is distinct from b.amount
        """,
    )
    assert differing == []


def test_people_and_positions_are_told_apart_where_a_metric_does(marts):
    """What is asked for by unit alone is summed by unit; no amount is lost by that."""
    told_apart = """
        select t.component_id from library.metric_term as t
        inner join library.metric_level as l on t.metric_id = l.metric_id
        where l.subject_type in ('employee', 'position', 'reporting_line')
    """
    by_unit_alone = f"""
        where component_id not in ({told_apart}) and component_id in (
            select component_id from library.metric_component where time_aggregation = 'sum'
        )
        group by component_id order by component_id
    """
    leaves = rows(
        marts,
        "select component_id, sum(amount), count(employee_id) > 0 "
        f"from metrics.metric_component_daily {by_unit_alone}",
    )
    spans = rows(
        marts,
        "select component_id, sum(amount), count(employee_id) + count(position_id) "
        f"from metrics.metric_component_span {by_unit_alone}",
    )
    assert any(is_of_people for _, _, is_of_people in leaves)
    assert spans == [(component, amount, 0) for component, amount, _ in leaves]


def test_units_and_what_sits_directly_in_a_unit_sum_to_the_unit(marts):
    """Days on which the tree stands still as it does today: children and own leaves make up the parent."""
    differing = rows(
        marts,
        """
        with today as (
            select org_unit_id, parent_id, valid_from from core.dim_org_unit where is_current
        ),
        months as (
            select component_id, subject_id, period_start, amount
            from metrics.metric_component_period
            where period_grain = 'month'
                and subject_type in ('company', 'division', 'department', 'team')
                and period_start >= (select coalesce(max(valid_from), date '1900-01-01') from today)
                and component_id in (
                    select component_id from library.metric_component where time_aggregation = 'sum'
                )
                and component_id in (
                    select t.component_id from library.metric_term as t
                    inner join library.metric_level as l on t.metric_id = l.metric_id
                    where l.subject_type in ('company', 'division', 'department', 'team')
                    group by all having count(distinct l.subject_type) = 4
                )
        ),
        own as (
            select component_id, org_unit_id, date_trunc('month', metric_date)::date as period_start,
                sum(amount) as amount
            from metrics.metric_component_daily group by all
        ),
        below as (
            select m.component_id, t.parent_id, m.period_start, sum(m.amount) as amount
            from months as m inner join today as t on m.subject_id = t.org_unit_id group by all
        )
        select m.component_id, m.subject_id, m.period_start
        from months as m
        inner join today as t on m.subject_id = t.org_unit_id
        left join own as o
            on m.component_id = o.component_id and m.subject_id = o.org_unit_id
            and m.period_start = o.period_start
        left join below as b
            on m.component_id = b.component_id and m.subject_id = b.parent_id
            and m.period_start = b.period_start
        where m.amount <> coalesce(o.amount, 0) + coalesce(b.amount, 0)
        """,
    )
    assert differing == []


def test_months_sum_to_quarters_and_years_for_additive_metrics(marts):
    differing = rows(
        marts,
        """
        with additive as (
            select v.* from marts.metric_value as v
            inner join marts.dim_metric as m on v.metric_id = m.metric_id
            where m.additivity = 'additive' and v.state = 'ok'
        ),
        summed as (
            select metric_id, subject_type, subject_id, 'quarter' as period_grain,
                date_trunc('quarter', period_start)::date as period_start, sum(value) as value
            from additive where period_grain = 'month' group by all
            union all
            select metric_id, subject_type, subject_id, 'year', date_trunc('year', period_start)::date,
                sum(value)
            from additive where period_grain = 'quarter' group by all
        )
        select s.*, a.value from summed as s
        inner join additive as a using (metric_id, subject_type, subject_id, period_grain, period_start)
        where a.value <> s.value
        """,
    )
    assert differing == []


def test_a_ratio_lies_between_the_ratios_of_the_units_that_make_it_up(marts):
    """True of a ratio of sums whose parts all have a denominator; never of a mean of ratios."""
    outside = rows(
        marts,
        """
        with teams as (
            select v.metric_id, c.ancestor_id as department_id, v.period_start,
                min(v.value) as least, max(v.value) as greatest,
                sum(v.numerator) as numerator, sum(v.denominator) as denominator
            from marts.metric_value as v
            inner join marts.dim_metric as m on v.metric_id = m.metric_id
            inner join intermediate.int_hr__org_closure as c
                on v.subject_id = c.descendant_id and c.distance = 1 and c.ancestor_type = 'department'
                and v.period_start >= c.valid_from and v.period_end < c.valid_to
            where m.additivity in ('ratio', 'derived') and v.subject_type = 'team'
                and v.period_grain = 'month' and v.state = 'ok' and v.denominator > 0
            group by all
        )
        select t.metric_id, t.department_id, t.period_start
        from teams as t
        inner join marts.metric_value as d
            on t.metric_id = d.metric_id and t.department_id = d.subject_id
            and t.period_start = d.period_start and d.subject_type = 'department'
            and d.period_grain = 'month'
        where d.numerator = t.numerator and d.denominator = t.denominator
            and (d.value < t.least or d.value > t.greatest)
        """,
    )
    assert outside == []


def test_year_to_date_of_december_is_the_year(marts):
    differing = rows(
        marts,
        """
        select y.metric_id, y.subject_id, y.period_start
        from marts.metric_value as y
        inner join marts.metric_value as t
            on y.metric_id = t.metric_id and y.subject_type = t.subject_type and y.subject_id = t.subject_id
            and y.period_start = t.period_start and y.period_end = t.period_end and t.period_grain = 'ytd'
        where y.period_grain = 'year' and (y.value is distinct from t.value or y.n <> t.n)
        """,
    )
    assert differing == []


def test_no_value_is_published_without_its_state_allowing_it(marts):
    wrong = rows(
        marts,
        """
        select metric_id, state, count(*) from marts.metric_value
        where (state in ('ok', 'stale')) <> (value is not null) group by all
        """,
    )
    assert wrong == []


def test_the_shares_of_a_person_lose_nothing(marts):
    """What a person did is, over his positions and units, exactly what his own row says."""
    differing = rows(
        marts,
        """
        with days as (
            select component_id, employee_id, metric_date, sum(amount) as amount
            from metrics.metric_component_daily where employee_id is not null group by all
        )
        select * from (
            select sum(amount) as by_fact from (
                select count(*) as amount from core.fct_ticket as f
                where f.is_resolved and f.employee_id is not null
                    and f.resolved_on <= (select as_of from library.run_context)
            )
        ) cross join (
            select sum(amount) as by_person from days where component_id = 'tickets.tickets_closed_out'
        )
        where by_fact <> by_person
        """,
    )
    assert differing == []
