from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.allocation import PlanningError
from planning.calendarisation import periods_of
from planning.cascade import (
    Seat,
    Subject,
    build_tree,
    by_subject,
    hand_down,
    parents,
    refuse_branches,
    standing_once,
)
from planning.methods import Past, capacity, equal, manual, weigher

MONTHS = periods_of(2026, "month")["month"]
BEFORE = periods_of(2025, "month")["month"]
COMPANY = Subject("company", "C")
OPEN = date(9999, 12, 31)


def person(name):
    return Subject("employee", name)


def seat(name, team="A", start=date(2020, 1, 1), end=OPEN, fte=10_000):
    path = (COMPANY, Subject("team", team), Subject("position", f"P{team}"))
    return Seat(path, person(name), fte, start, end)


def planned(seats, monthly, weigh=capacity, locked=None, past=()):
    tree = build_tree(COMPANY, seats, MONTHS, past)
    hand_down(tree, [monthly] * 12, weigh, locked)
    return tree


def years(tree):
    return {str(subject): sum(amounts) for subject, amounts in by_subject(tree).items()}


def test_who_joins_on_1_july_alone_has_half_and_the_rest_stays_with_the_company():
    tree = planned([seat("E1", start=date(2026, 7, 1))], 10)

    assert years(tree)["company:C"] == 120
    assert years(tree)["employee:E1"] == 60
    assert sum(tree.kept) == 60


def test_a_part_timer_carries_the_share_of_the_job():
    amounts = years(planned([seat("E1"), seat("E2", fte=5_000)], 30))

    assert (amounts["employee:E1"], amounts["employee:E2"]) == (240, 120)


def test_a_leaver_in_mid_month_counts_by_the_day():
    # 15 of 30 days in April against 30: a third of the month.
    tree = planned([seat("E1"), seat("E2", end=date(2026, 4, 16))], 30)

    assert by_subject(tree)[person("E2")][:5] == [15, 15, 15, 10, 0]


def test_a_transfer_is_a_part_of_both_teams_and_one_sum():
    moved = [seat("E1", "A", end=date(2026, 3, 1)), seat("E1", "B", start=date(2026, 3, 1)), seat("E2", "B")]
    tree = planned(moved, 12)

    assert by_subject(tree)[person("E1")] == [6, 6] + [6] * 10
    assert by_subject(tree)[Subject("team", "A")] == [6, 6] + [0] * 10
    assert parents(tree)[person("E1")] == Subject("position", "PB")


def test_a_ragged_tree_has_people_beside_units():
    head = Seat((COMPANY, Subject("position", "CEO")), person("E0"), 10_000, date(2020, 1, 1), OPEN)
    amounts = years(planned([head, seat("E1"), seat("E2")], 9))

    assert amounts["position:CEO"] == amounts["employee:E1"] == 36
    assert amounts["team:A"] == 72


def test_equal_ignores_the_share_of_a_job_and_manual_follows_the_shares():
    seats = [seat("E1"), seat("E2", fte=5_000)]
    shares = manual({person("E1"): 1, person("E2"): 3})

    assert years(planned(seats, 40, equal))["employee:E2"] == 240
    assert years(planned(seats, 40, shares))["employee:E2"] == 360


def test_history_gives_six_and_four_of_ten():
    past = Past(tuple(BEFORE), {person("E1"): [6] * 12, person("E2"): [4] * 12})
    tree = planned([seat("E1"), seat("E2")], 10, weigher("history", MONTHS, past, {}), past=BEFORE)

    assert by_subject(tree)[person("E1")] == [6] * 12
    assert by_subject(tree)[person("E2")] == [4] * 12


def test_a_joiner_weighs_what_siblings_usually_bring_and_who_brought_nothing_weighs_nothing():
    past = Past(tuple(BEFORE), {person("E1"): [6] * 12, person("E2"): [None] * 12, person("E3"): [6] * 12})
    seats = [seat("E1"), seat("E2"), seat("E3"), seat("E4", start=date(2026, 1, 1))]
    tree = planned(seats, 18, weigher("history", MONTHS, past, {}), past=BEFORE)

    assert {name: by_subject(tree)[person(name)][0] for name in ("E1", "E2", "E3", "E4")} == {
        "E1": 6, "E2": 0, "E3": 6, "E4": 6,
    }  # fmt: skip


def test_a_season_is_each_ones_own():
    first = [9 if month.start.month <= 6 else 1 for month in BEFORE]
    past = Past(tuple(BEFORE), {person("E1"): first, person("E2"): first[::-1]})
    tree = planned([seat("E1"), seat("E2")], 10, weigher("seasonal", MONTHS, past, {}), past=BEFORE)

    assert by_subject(tree)[person("E1")] == [9] * 6 + [1] * 6


def test_what_is_settled_stays_and_siblings_take_the_rest():
    locked = {person("E1"): [4] + [None] * 11}
    tree = planned([seat("E1"), seat("E2"), seat("E3")], 12, locked=locked)

    assert [by_subject(tree)[person(name)][:2] for name in ("E1", "E2", "E3")] == [[4, 4], [4, 4], [4, 4]]

    locked = {person("E1"): [10] + [None] * 11}
    tree = planned([seat("E1"), seat("E2"), seat("E3")], 12, locked=locked)

    assert [by_subject(tree)[person(name)][0] for name in ("E1", "E2", "E3")] == [10, 1, 1]


def test_more_settled_than_there_is_leaves_nothing_and_is_told():
    tree = planned([seat("E1"), seat("E2")], 12, locked={person("E1"): [20] + [None] * 11})
    [position] = [node for node in tree.below() if node.subject.type == "position"]

    assert by_subject(tree)[person("E2")][0] == 0
    assert position.kept[0] == -8


def test_the_tree_can_end_above_people():
    tree = build_tree(COMPANY, [seat("E1"), seat("E2", "B")], MONTHS, down_to="team")

    assert {node.subject.type for node in tree.below()} == {"company", "team"}


def test_identity_needs_a_single_line():
    refuse_branches(build_tree(COMPANY, [seat("E1")], MONTHS))
    with pytest.raises(
        PlanningError, match=r"position:PA has 2 parts: .* promised 2 times\..* · position:PA 下有 2"
    ):
        refuse_branches(build_tree(COMPANY, [seat("E1"), seat("E2")], MONTHS))


@st.composite
def organisations(draw):
    """Any tree of up to four levels of units, ragged, with joiners, leavers, transfers and part-timers."""
    units = [(COMPANY,)]
    for number in range(draw(st.integers(0, 7))):
        above = draw(st.sampled_from(units))
        if len(above) < 5:
            units.append((*above, Subject("team", f"U{number}")))
    days = st.integers(-400, 800).map(lambda offset: date(2026, 1, 1) + timedelta(days=offset))
    seats = []
    for number in range(draw(st.integers(1, 10))):
        for place in range(draw(st.integers(1, 2))):
            start, end = draw(days), draw(days)
            path = (*draw(st.sampled_from(units)), Subject("position", f"P{draw(st.integers(0, 3))}"))
            if start < end:
                seats.append(
                    Seat(path, person(f"E{number}"), draw(st.integers(1, 10_000)) >> place, start, end)
                )
    figures = draw(
        st.dictionaries(
            st.sampled_from([one.employee for one in seats] or [person("E0")]),
            st.lists(st.none() | st.integers(-100, 1000), min_size=12, max_size=12),
        )
    )
    method = draw(st.sampled_from(["capacity", "history", "seasonal", "manual", "equal"]))
    amounts = draw(st.lists(st.integers(0, 10_000), min_size=12, max_size=12))
    return seats, figures, method, amounts


def handed_down(seats, figures, method, amounts):
    past = Past(tuple(BEFORE), figures)
    shares = {person("E1"): 3, person("E2"): 1}
    tree = build_tree(COMPANY, seats, MONTHS, BEFORE)
    hand_down(tree, amounts, weigher(method, MONTHS, past, shares))
    return tree


@settings(max_examples=150, deadline=None)
@given(organisations())
def test_parts_sum_to_their_parent_at_every_level_and_in_every_period(organisation):
    tree = handed_down(*organisation)

    for node in tree.below():
        assert min(node.amounts) >= 0
        if not node.children:
            continue
        for at in range(12):
            children = node.children.values()
            assert sum(child.amounts[at] for child in children) + node.kept[at] == node.amounts[at]
            # Something is kept only where nobody is there to take it, and nobody absent gets anything.
            assert not node.kept[at] or not any(child.present[at] for child in children)
            assert all(child.present[at] or not child.amounts[at] for child in children)


@settings(max_examples=60, deadline=None)
@given(organisations(), st.randoms())
def test_the_order_of_the_records_changes_nothing(organisation, random):
    seats, *rest = organisation
    shuffled = list(seats)
    random.shuffle(shuffled)

    assert by_subject(handed_down(shuffled, *rest)) == by_subject(handed_down(seats, *rest))


@settings(max_examples=60, deadline=None)
@given(organisations(), st.lists(st.none() | st.integers(0, 500), min_size=12, max_size=12))
def test_what_is_settled_stays_and_every_sum_still_holds(organisation, settled):
    seats, _, _, amounts = organisation
    tree = build_tree(COMPANY, seats, MONTHS)
    locked = {subject: settled for subject in standing_once(tree) if subject.id in ("E1", "U1")}
    hand_down(tree, amounts, capacity, locked)

    for node in tree.below():
        for at in range(12):
            below = sum(child.amounts[at] for child in node.children.values())
            assert not node.children or below + node.kept[at] == node.amounts[at]
            if node.subject in locked and settled[at] is not None and node.parent is not None:
                assert node.amounts[at] == settled[at]
            else:
                assert node.amounts[at] >= 0
