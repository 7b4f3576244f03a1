"""The sample's published scorecards add up from their published items, and hide nobody among few."""

import csv
from collections import defaultdict
from decimal import Decimal

import pytest

from orchestration.home import SAMPLE_PROFILE
from tests.nights import Night

pytestmark = pytest.mark.slow

KEY = "subject_type, subject_id, period_grain, period_start"
CEILING, MOST_BONUS, FEWEST = 60, 10, 5


def test_every_score_recomputes_from_published_items(sample_night: Night) -> None:
    points: dict[tuple, dict[str, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    missed = set()
    for *key, role, gained, passed in sample_night.rows(
        f"select {KEY}, score_role, points, gate_passed from marts.mart_scorecard_item"
    ):
        if gained is not None:
            points[tuple(key)][role].append(gained)
        if passed is False:
            missed.add(tuple(key))
    scores = {
        tuple(key): score
        for *key, score in sample_night.rows(f"select {KEY}, score from marts.mart_scorecard")
    }

    assert len(scores) > 500
    assert missed, "the complaint rate is a gate, and was missed"
    for key, score in scores.items():
        core = sum(points[key]["core"]) if points[key]["core"] else None
        if core is None:
            assert score is None, key
        elif key in missed:
            assert score == min(core, CEILING), key
        else:
            assert score == core + min(sum(points[key]["bonus"]), MOST_BONUS), key


def test_a_bonus_adds_to_the_company_where_no_gate_is_missed(sample_night: Night) -> None:
    found = sample_night.rows(
        "select bonus_points > 0, score = core_points + bonus_points from marts.mart_scorecard "
        "where bonus_points > 0 and gates_missed = 0 and score is not null"
    )
    assert found
    assert set(found) == {(True, True)}


def test_a_head_is_measured_by_the_division(sample_night: Night) -> None:
    found = sample_night.rows(
        "select i.metric_id, i.weight, i.attainment = a.attainment from marts.mart_scorecard_item as i "
        "join marts.mart_attainment as a on i.metric_id = a.metric_id and a.subject_id = 'OU-DIV-SALES' "
        "and i.period_grain = a.period_grain and i.period_start = a.period_start "
        "where i.subject_id = 'POS-HEAD-SALES' and i.measured_subject_id = 'OU-DIV-SALES' "
        "and i.period_grain = 'quarter' and i.period_start = date '2026-04-01' order by all"
    )
    assert found == [
        ("gross_margin", 10, True),
        ("gross_margin_rate", 20, True),
        ("revenue", 30, True),
        ("win_rate", 25, True),
        ("won_deals", 15, True),
    ]


def test_few_people_are_not_described(sample_night: Night) -> None:
    described = sample_night.rows(
        "select distinct n >= ?, mean_score is null, state = 'suppressed' from marts.mart_score_distribution",
        FEWEST,
    )
    # Some groups that are large enough are left out too: others would follow from them by subtraction.
    assert set(described) == {(True, False, False), (True, True, True), (False, True, True)}


def test_no_few_people_follow_from_the_groups_that_are_described(sample_night: Night) -> None:
    """The company's people with a score, less those of the divisions that are told: nobody, or enough."""
    left = sample_night.rows(
        "select period_grain, period_start, max(n) filter (where group_type = 'company') "
        "- coalesce(sum(n) filter (where group_type = 'division' and mean_score is not null), 0) "
        "from marts.mart_score_distribution where group_type in ('company', 'division') group by all"
    )
    assert left
    assert all(n == 0 or n >= FEWEST for *_, n in left)


def test_people_who_are_to_be_talked_about_are_flagged_and_the_reason_stays_inside(
    sample_night: Night,
) -> None:
    [(flagged,)] = sample_night.rows(
        "select count(distinct subject_id) from marts.mart_scorecard where is_for_talk"
    )
    columns = sample_night.rows(
        "select column_name from information_schema.columns where column_name like 'talk_reason%'"
    )
    assert flagged == 2
    assert columns == []


def test_who_was_off_track_without_a_talk_is_found(sample_night: Night) -> None:
    """The sellers of the second quarter, by the attainments and by the talks of the file."""
    with (SAMPLE_PROFILE / "strategy" / "coaching_sessions.csv").open(encoding="utf-8", newline="") as file:
        coached = {row["employee_id"] for row in csv.DictReader(file) if row["held_on"] >= "2026-04-01"}
    off_track = {
        person
        for (person,) in sample_night.rows(
            "select subject_id from marts.mart_attainment where subject_type = 'employee' "
            "and status = 'off_track' and period_grain = 'quarter' and period_start = date '2026-04-01'"
        )
    }
    found = {
        person
        for (person,) in sample_night.rows(
            "select object_id from marts.mart_figure_finding "
            "where rule_id = 'REV-04' and period_grain = 'quarter' and waived_by is null"
        )
    }
    assert coached
    assert off_track
    assert found == off_track - coached
