"""The three logs at the door: events, cases, people and duplicates as plain SQL counts them."""

from datetime import date, timedelta

import pytest

LOGS = ("incident", "problem", "helpdesk")


def test_no_file_is_refused(service_desk):
    assert {table: result.problems for table, result in service_desk.results.items() if result.problems} == {}


def test_nothing_is_quarantined(service_desk):
    assert [load for load in service_desk.landing.loads() if load.rows_quarantined] == []


@pytest.mark.parametrize(
    ("log", "read", "duplicate", "cases", "actors", "words"),
    [
        ("incident", 65_533, 0, 7_554, 1_440, 13),
        ("problem", 6_660, 0, 1_487, 713, 7),
        ("helpdesk", 21_348, 127, 4_580, 22, 14),
    ],
)
def test_events_cases_and_people(service_desk, log, read, duplicate, cases, actors, words):
    counts = service_desk.counts("ticketing.ticket_events", f"{log}_log")
    assert counts == {"read": read, "landed": read - duplicate, "quarantined": 0, "duplicate": duplicate}
    landed = service_desk.rows(
        "select count(*), count(distinct ticket_id), count(distinct actor_id), count(distinct source_status) "
        f"from {{e}} where _source = '{log}_log'",
        e="ticketing.ticket_events",
    )
    assert landed == [(read - duplicate, cases, actors, words)]


@pytest.mark.parametrize("log", LOGS)
def test_each_log_comes_in_five_files(service_desk, log):
    loads = [
        load for load in service_desk.landing.loads("ticketing.ticket_events") if load.source == f"{log}_log"
    ]
    assert len({load.file for load in loads}) == len(loads) == 5


@pytest.mark.parametrize("log", LOGS)
def test_the_register_holds_whom_the_log_names(service_desk, raw, log):
    named = raw.sql(
        f"""
        select '{log}-' || "user", cast(min(end_timestamp)::timestamp as date),
            cast(max(end_timestamp)::timestamp as date)
        from {log}_event where "user" not in ('Siebel', '-') and "user" not like '--%' group by 1
        """
    ).fetchall()
    register = service_desk.rows(
        f"select employee_id, valid_from, valid_to from {{p}} where _source = '{log}_log'",
        p="hr.employee_positions",
    )
    day = timedelta(days=1)
    assert sorted(register) == sorted((person, first, last + day) for person, first, last in named)


def test_nobody_is_hired_on_a_guess(service_desk):
    known = service_desk.rows(
        "select count(distinct employee_id), count(hired_on) from {e}", e="hr.employees"
    )
    assert known == [(1_438 + 712 + 22, 0)]


def test_a_handler_of_a_closed_problem_is_a_name_and_a_line(service_desk, raw):
    lines = raw.sql(
        r"""
        select distinct 'problem-' || regexp_extract("user", '-(Org line .+|Other)$', 1) from problem_event
        """
    ).fetchall()
    units = service_desk.rows("select org_unit_id from {o} where _source = 'problem_log'", o="hr.org_units")
    assert len(lines) == 15
    assert sorted(units) == sorted(lines)
    acted = service_desk.rows(
        "select distinct org_unit_id from {e} where _source = 'problem_log'", e="ticketing.ticket_events"
    )
    assert sorted(acted) == sorted(lines)


def test_handlers_that_hr_does_not_know_are_reported_and_land(service_desk, raw):
    expected = raw.sql(
        """
        select count(*) from (select "user" from incident_event union all select "user" from problem_event)
        where "user" in ('Siebel', '-') or "user" like '--%'
        """
    ).fetchone()[0]
    assert expected == 6_162 + 30 + 26
    unknown = service_desk.rows(
        """
        select count(*) from {e} as event left join {p} as person on event.actor_id = person.employee_id
        where person.employee_id is null
        """,
        e="ticketing.ticket_events",
        p="hr.employees",
    )
    assert unknown == [(expected,)]
    reported = sum(
        load.unknown_references.get("actor_id", 0)
        for load in service_desk.landing.loads("ticketing.ticket_events")
    )
    assert reported == expected


def test_a_case_of_each_log_by_hand(service_desk):
    """Words, classes and moments of one case a log, read off the files."""
    cases = service_desk.rows(
        """
        select ticket_id, source_status, status_class, actor_id, cast(occurred_at as varchar) from {e}
        where ticket_id in ('problem-15', 'helpdesk-3608') order by ticket_id, occurred_at
        """,
        e="ticketing.ticket_events",
    )
    assert cases == [
        ("helpdesk-3608", "Assign seriousness", "new", "helpdesk-Value 8", "2011-05-09 06:34:42"),
        ("helpdesk-3608", "Take in charge ticket", "open", "helpdesk-Value 8", "2011-05-09 06:34:57"),
        ("helpdesk-3608", "Resolve ticket", "resolved", "helpdesk-Value 8", "2011-05-09 06:49:18"),
        ("helpdesk-3608", "Closed", "closed", "helpdesk-Value 5", "2011-06-22 06:40:32"),
        ("problem-15", "Accepted-In Progress", "open", "problem-Reine-Org line C", "2009-09-22 12:22:05"),
        ("problem-15", "Accepted-Assigned", "open", "problem-Reine-Org line C", "2009-09-22 12:25:17"),
        ("problem-15", "Completed-Closed", "closed", "problem-Reine-Org line C", "2012-05-24 08:57:49"),
    ]


def test_the_cases_that_never_close(service_desk):
    """Of the help desk; every closed problem is closed."""
    never = service_desk.rows(
        """
        select _source, count(*) from (
            select _source, ticket_id from {e} group by all
            having count(*) filter (where status_class = 'closed') = 0
        ) where _source <> 'incident_log' group by 1
        """,
        e="ticketing.ticket_events",
    )
    assert never == [("helpdesk_log", 21)]


def test_the_older_copy_of_the_help_desk_is_not_read(service_desk):
    assert not [load.file for load in service_desk.landing.loads() if "full_attributes" in load.file]


def test_the_logs_last_day_is_the_as_of_day(service_desk, raw):
    last = raw.sql("select max(end_timestamp) from helpdesk_event").fetchone()[0][:10]
    assert service_desk.profile.as_of == date.fromisoformat(last)
