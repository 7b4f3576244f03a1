"""The three logs as published: tickets, events, people per desk, and handlers whom HR does not know."""

from datetime import date
from decimal import Decimal

import pytest

pytestmark = pytest.mark.slow

DESKS = {"incident_desk": "incident", "problem_management": "problem", "help_desk": "helpdesk"}


def by_subject(figures: dict[tuple[str, date], Decimal]) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for (unit, _), value in figures.items():
        totals[unit] = totals.get(unit, Decimal(0)) + value
    return totals


def test_tickets_of_each_desk(service_desk_night):
    created = by_subject(service_desk_night.figures("tickets_created", "division", "year"))
    assert created == {"incident_desk": 7_554, "problem_management": 1_487, "help_desk": 4_580}


def test_events_of_each_desk(service_desk_night):
    events = by_subject(service_desk_night.figures("ticket_events", "division", "year"))
    assert events == {"incident_desk": 65_533, "problem_management": 6_660, "help_desk": 21_348 - 127}


def test_duplicates_are_counted_not_lost(service_desk_night):
    counts = service_desk_night.rows(
        """
        select source, sum(rows_read), sum(rows_landed), sum(rows_quarantined), sum(rows_duplicate)
        from marts.load_reconciliation where "table" = 'ticketing.ticket_events' group by 1 order by 1
        """
    )
    assert counts == [
        ("helpdesk_log", 21_348, 21_221, 0, 127),
        ("incident_log", 65_533, 65_533, 0, 0),
        ("problem_log", 6_660, 6_660, 0, 0),
    ]


def test_tickets_by_month_equal_the_files(service_desk_night, raw):
    months = service_desk_night.figures("tickets_created", "division", "month")
    for unit, log in DESKS.items():
        expected = raw.sql(
            f"""
            select date_trunc('month', created_at)::date, count(*)
            from (select min(end_timestamp)::timestamp as created_at from {log}_event group by caseid)
            group by 1
            """
        ).fetchall()
        assert {start: count for (desk, start), count in months.items() if desk == unit} == dict(expected)


# What the logs' words mean, said apart from the profile: which end a case, which wait, and which
# say nothing of its status.
DONE = {
    "incident": "task like 'Completed%'",
    "problem": "task like 'Completed%'",
    "helpdesk": "task in ('Resolve ticket', 'Closed')",
}
WAITING = "regexp_matches(task, '^(Accepted.)?Wait')"
NEW = "task in ('Insert ticket', 'Assign seriousness') or task like 'Queued%'"
SAYS_STATUS = "task not in ('RESOLVED', 'VERIFIED', 'INVALID', 'DUPLICATE') and task not like 'Unmatched%'"


def case_sql(log: str) -> str:
    """One row per case of a log: when it was opened, answered and resolved in the end, its seconds net of
    waiting, whether it was reopened.
    """
    return f"""
        with opened as (
            select caseid, min(cast(end_timestamp as timestamp)) as created_at from {log}_event group by 1
        ),
        step as (
            select *, cast(end_timestamp as timestamp) as moment, row_number() over () as line,
                {DONE[log]} as is_done, {WAITING} as is_waiting, {NEW} as is_new
            from {log}_event where {SAYS_STATUS}
        ),
        walked as (
            select *, lag(is_done) over steps as was_done, lead(moment) over steps as next_moment,
                max(line) filter (where not is_done) over (partition by caseid) as last_undone
            from step window steps as (partition by caseid order by moment, line)
        )
        select
            '{log}' as log, caseid, any_value(created_at) as created_at,
            min(moment) filter (where not is_new) as answered_at,
            bool_or(was_done and not is_done) as is_reopened,
            min(moment) filter (where is_done and line > coalesce(last_undone, 0)) as resolved_at,
            epoch(resolved_at) - epoch(any_value(created_at))
            - coalesce(sum(epoch(next_moment) - epoch(moment)) filter (where is_waiting), 0) as seconds
        from walked inner join opened using (caseid) group by caseid
        """


# Seconds on a clock that stands still at weekends: five days for every week, and the days of the last one.
WORKDAY_CLOCK = (
    "date_diff('week', date '2000-01-03', date_trunc('week', {0})::date) * 432000"
    " + least(epoch({0}) - epoch(date_trunc('week', {0})), 432000)"
)


@pytest.fixture(scope="module")
def cases(raw):
    """Per log: cases resolved in the end, how many of them were reopened, and their hours net of waiting."""
    return {
        log: raw.sql(
            f"""
            select count(*), count(*) filter (where is_reopened), sum(seconds) / 3600
            from ({case_sql(log)}) where resolved_at is not null
            """
        ).fetchone()
        for log in DONE
    }


def test_resolved_and_reopened_are_derived_from_the_events(service_desk_night, cases):
    resolved = by_subject(service_desk_night.figures("tickets_resolved", "division", "year"))
    reopened = service_desk_night.rows(
        """
        select subject_id, sum(numerator) from marts.metric_value
        where metric_id = 'reopen_rate' and subject_type = 'division' and period_grain = 'year' group by 1
        """
    )
    assert resolved == {unit: cases[log][0] for unit, log in DESKS.items()}
    assert dict(reopened) == {unit: cases[log][1] for unit, log in DESKS.items()}


def test_handling_hours_are_derived_from_the_events(service_desk_night, cases):
    hours = service_desk_night.rows(
        """
        select subject_id, sum(numerator) from marts.metric_value
        where metric_id = 'average_handling_time' and subject_type = 'division' and period_grain = 'year'
        group by 1
        """
    )
    for unit, total in hours:
        assert float(total) == pytest.approx(cases[DESKS[unit]][2], rel=1e-6)


@pytest.mark.parametrize(
    ("metric", "share", "day", "hours"),
    [
        ("handling_time_p50", 0.5, "resolved_at", "seconds / 3600"),
        ("handling_time_p90", 0.9, "resolved_at", "seconds / 3600"),
        ("first_response_time_p50", 0.5, "created_at", "({answered} - ({created})) / 3600"),
        ("first_response_time_p90", 0.9, "created_at", "({answered} - ({created})) / 3600"),
    ],
)
def test_percentiles_are_those_of_the_cases(service_desk_night, raw, metric, share, day, hours):
    found = service_desk_night.figures(metric, "division", "year")
    clocks = {name: WORKDAY_CLOCK.format(f"{name}_at") for name in ("answered", "created")}
    for unit, log in DESKS.items():
        expected = raw.sql(
            f"""
            select date_trunc('year', {day})::date, quantile_cont({hours.format(**clocks)}, {share}), count(*)
            from ({case_sql(log)}) where {day} is not null and {hours.format(**clocks)} is not null group by 1
            """
        ).fetchall()
        shown = {start: value for start, value, count in expected if count >= 10}
        of_desk = {start: float(value) for (desk, start), value in found.items() if desk == unit}
        assert shown
        assert {start: of_desk[start] for start in shown} == pytest.approx(shown, abs=1e-3)


def test_tickets_per_agent_day(service_desk_night, raw):
    found = service_desk_night.figures("tickets_per_agent_day", "division", "year")
    for unit, log in DESKS.items():
        expected = raw.sql(
            f"""
            select year, resolved / agent_days
            from (
                select date_trunc('year', resolved_at)::date as year, count(*) as resolved
                from ({case_sql(log)}) where resolved_at is not null group by 1
            )
            inner join (
                select
                    date_trunc('year', moment)::date as year,
                    count(distinct ("user", moment::date)) as agent_days
                from (select "user", cast(end_timestamp as timestamp) as moment from {log}_event)
                where "user" <> 'Siebel' group by 1
            ) using (year)
            """
        ).fetchall()
        of_desk = {start: float(value) for (desk, start), value in found.items() if desk == unit}
        assert of_desk == pytest.approx(dict(expected))


def test_rhythm_of_all_resolutions(service_desk_night, raw):
    clock = WORKDAY_CLOCK.format("resolved_at")
    expected = raw.sql(
        f"""
        with gap as (
            select resolved_at, round(({clock} - lag({clock}) over (order by resolved_at)) / 3600, 2) as hours
            from ({" union all ".join(f"({case_sql(log)})" for log in DONE)}) where resolved_at is not null
        )
        select date_trunc('year', resolved_at)::date, greatest(0, 1 - stddev_samp(hours) / avg(hours))
        from gap group by 1 having count(hours) >= 20
        """
    ).fetchall()
    found = service_desk_night.figures("ticket_flow_regularity", "company", "year")
    shown = {start: float(value) for (_, start), value in found.items()}
    assert expected
    assert shown == pytest.approx(dict(expected), abs=1e-4)


def test_what_the_logs_cannot_tell_is_not_computable(service_desk_night):
    states = dict(service_desk_night.rows("select metric_id, state from marts.dim_metric"))
    assert {
        name
        for name in ("first_level_resolution", "follow_up_satisfaction", "csat_response_rate")
        if states[name] != "not_computable"
    } == set()


def test_people_of_each_desk(service_desk_night, raw):
    people = {subject for subject, _ in service_desk_night.figures("ticket_events", "employee", "year")}
    for log, known in {"incident": 1_440 - 2, "problem": 713 - 1, "helpdesk": 22}.items():
        assert len([person for person in people if person.startswith(f"{log}-")]) == known


def test_events_of_each_person_equal_the_log(service_desk_night, raw):
    expected = {}
    for log in DESKS.values():
        of_log = raw.sql(
            f"""
            select '{log}-' || "user", count(*)
            from (select distinct caseid, task, "user", end_timestamp from {log}_event)
            where "user" not in ('Siebel', '-') and "user" not like '--%' group by 1
            """
        )
        expected |= dict(of_log.fetchall())
    assert by_subject(service_desk_night.figures("ticket_events", "employee", "year")) == expected


def test_handlers_whom_hr_does_not_know_are_reported_and_counted(service_desk_night):
    gaps = service_desk_night.rows(
        """
        select table_name, column_name, unknown_id, rows_count from marts.mart_reference_gap
        order by rows_count desc
        """
    )
    assert gaps == [
        ("ticketing.ticket_events", "actor_id", "incident-Siebel", 6_162),
        ("ticketing.ticket_events", "actor_id", "incident--", 30),
        ("ticketing.ticket_events", "actor_id", "problem---Org line C", 26),
    ]
    unknown = service_desk_night.rows(
        """
        select rows_count from marts.mart_unattributed
        where fact = 'fct_ticket_event' and reason = 'person_unknown_to_hr'
        """
    )
    assert unknown == [(6_162 + 30 + 26,)]


def test_lines_of_the_closed_problems(service_desk_night, raw):
    expected = raw.sql(
        r"""
        select 'problem-' || regexp_extract("user", '-(Org line .+|Other)$', 1), count(*)
        from problem_event group by 1
        """
    ).fetchall()
    lines = by_subject(service_desk_night.figures("ticket_events", "department", "year"))
    assert lines == dict(expected)


COMPUTABLE = {
    "auto_assignment_coverage",
    "average_fte",
    "average_handling_time",
    "average_headcount",
    "closing_fte",
    "first_contact_resolution",
    "first_response_time_p50",
    "first_response_time_p90",
    "handling_time_p50",
    "handling_time_p90",
    "headcount",
    "reopen_rate",
    "ticket_active_time_share",
    "ticket_events",
    "ticket_flow_regularity",
    "tickets_created",
    "tickets_per_agent_day",
    "tickets_resolved",
    "tickets_resolved_per_fte",
}


def test_what_needs_more_than_tickets_and_people_is_not_computable_by_name(service_desk_night):
    states = dict(service_desk_night.rows("select metric_id, state from marts.dim_metric"))
    assert {metric for metric, state in states.items() if state == "ok"} == COMPUTABLE
    assert {state for metric, state in states.items() if metric not in COMPUTABLE} == {"not_computable"}
    for metric in ("revenue", "gross_margin", "win_rate", "workforce_cost", "csat"):
        assert states[metric] == "not_computable", metric
