"""Responsibility in the sample company: rules and marts tell the same, and no day is lost."""

import duckdb
import pytest

from publishing.duty_proposals import propose_links
from publishing.reader import open_night
from quality.rules.carrier import DAYS_TO_ACKNOWLEDGE
from tests.nights import Night

pytestmark = pytest.mark.slow


def found(night: Night, rule_id: str) -> set[str]:
    rows = night.rows("select object_id from marts.definition_finding where rule_id = ?", rule_id)
    return {object_id for (object_id,) in rows}


def chosen(night: Night, column: str, mart: str, condition: str) -> set[str]:
    return {value for (value,) in night.rows(f"select {column} from marts.{mart} where {condition}")}


def test_the_rules_name_whom_the_load_mart_marks(sample_night: Night) -> None:
    overloaded = chosen(sample_night, "employee_id", "mart_assignment_load", "is_overloaded")
    riding = chosen(sample_night, "org_unit_id", "mart_assignment_load", "is_free_riding")

    assert overloaded == found(sample_night, "RSP-08")
    assert len(overloaded) >= 5
    assert riding <= found(sample_night, "RSP-09")
    assert riding


def test_the_rules_name_what_the_coverage_mart_lacks(sample_night: Night) -> None:
    for gap, rule_id in (("metric_without_duty", "RSP-04"), ("duty_without_metric", "RSP-05")):
        missing = chosen(sample_night, "object_id", "mart_duty_coverage", f"gap = '{gap}'")
        assert missing == found(sample_night, rule_id)
        assert missing


def test_the_rules_name_what_the_matrix_shows_as_open(sample_night: Night) -> None:
    condition = f"acknowledgement = 'open' and days_open > {DAYS_TO_ACKNOWLEDGE}"
    open_ = chosen(sample_night, "assignment_id", "mart_responsibility_matrix", condition)
    older = chosen(
        sample_night, "assignment_id", "mart_responsibility_matrix", "acknowledgement = 'older_version'"
    )

    assert open_ | older == found(sample_night, "RSP-12")
    assert open_
    assert older == {"MA-0110"}


def test_nobody_is_assigned_who_is_not_there(sample_night: Night) -> None:
    assert found(sample_night, "RSP-14") == set()
    assert chosen(sample_night, "assignment_id", "mart_responsibility_matrix", "is_vacant") == set()


def test_links_are_the_same_seen_from_duties_and_from_metrics(sample_night: Night) -> None:
    [(duties, metrics)] = sample_night.rows(
        "select sum(links) filter (side = 'duty'), sum(links) filter (side = 'metric') "
        "from marts.mart_duty_coverage"
    )

    assert duties == metrics > 200


def test_people_carry_a_position_on_exactly_the_days_they_hold_it(sample_night: Night) -> None:
    with duckdb.connect(str(sample_night.warehouse), read_only=True) as connection:
        wrong = connection.execute(
            """
            with held as (
                select
                    a.assignment_id, h.employee_id,
                    sum(date_diff('day', greatest(h.valid_from, a.valid_from),
                        least(h.valid_to, coalesce(a.valid_to, date '9999-12-31')))) as days
                from staging.stg_library__metric_assignments as a
                inner join intermediate.int_hr__employee_assignment as h on a.subject_id = h.position_id
                where
                    a.subject_type = 'position' and h.valid_to > a.valid_from
                    and h.valid_from < coalesce(a.valid_to, date '9999-12-31')
                group by all
            ),

            carried as (
                select
                    assignment_id, subject_id as employee_id,
                    sum(date_diff('day', valid_from, valid_to)) as days
                from intermediate.int_strategy__carried_metric
                where is_resolved
                group by all
            )

            select * from held full join carried using (assignment_id, employee_id)
            where held.days is distinct from carried.days
            """
        ).fetchall()

    assert wrong == []


def test_fit_counts_only_what_was_assessed(sample_night: Night) -> None:
    rows = sample_night.rows(
        "select fit, competencies_assessed, competencies_met, gaps from marts.mart_assignment_fit"
    )

    assert {fit is None for fit, assessed, *_ in rows if assessed == 0} == {True}
    assert all(0 < fit <= 1 for fit, assessed, *_ in rows if assessed)
    assert all((met == assessed) == (gaps is None) for _, assessed, met, gaps in rows if assessed)


def test_proposals_would_have_found_links_far_beyond_chance(sample_night: Night) -> None:
    known = {
        (duty, metric)
        for duty, linked in sample_night.rows(
            "select object_id, linked from marts.mart_duty_coverage where side = 'duty' and is_covered"
        )
        for metric in linked.split(", ")
    }
    with open_night(sample_night.home / "published") as night:
        proposed = {(one.duty_id, one.metric_id) for one in propose_links(night, top=5, with_known=True)}
        new = {(one.duty_id, one.metric_id) for one in propose_links(night, top=5)}

    assert len(known & proposed) > 0.4 * len(known), "five of 146 metrics by chance would be 3 %"
    assert not known & new
