from datetime import date
from decimal import Decimal

import pytest

from planning.allocation import PlanningError
from planning.cascade import Subject
from planning.plan import Existing, Request, propose
from publishing.reader import UnknownNameError
from tests.unit.planning.small_company import FIGURES, HOLDINGS, ground

E1, E2, E3, E4 = (Subject("employee", name) for name in ("E1", "E2", "E3", "E4"))
COMPANY = Subject("company", "C")


def plan(target="1440", metric="sales", held=None, on=None, **asked):
    return propose(on or ground(), Request(metric, 2026, Decimal(target), **asked), held)


def years(proposal):
    return {str(one.subject): one.amount for one in proposal.targets if one.period.grain == "year"}


def test_capacity_is_full_time_days_of_who_can_bring_it():
    amounts = years(plan(spread="flat"))

    # The clerk's position has no figure. 120 a month over 2.5 jobs, from July on over 3.5.
    exact = {"E1": 493.7, "E2": 493.7, "E3": 246.9, "E4": 205.7}
    assert "employee:E5" not in amounts
    assert all(abs(float(amounts[f"employee:{name}"]) - amount) < 2 for name, amount in exact.items())
    assert amounts["team:A"] + amounts["team:B"] == amounts["company:C"] == 1440


def test_history_gives_everybody_the_own_share_and_a_joiner_the_siblings_rate():
    proposal = plan(method="history", spread="flat")
    months = {
        one.subject: one.amount
        for one in proposal.targets
        if one.period.grain == "month" and one.period.start == date(2026, 3, 1)
    }

    assert (months[E1], months[E2], months[E3]) == (60, 40, 20)
    # The joiner weighs what E3 brings per full-time day: 20 for half a job.
    december = {one.subject: one.amount for one in proposal.targets if one.period.start == date(2026, 12, 1)}
    assert december[E4] == 2 * december[E3]
    assert proposal.spread == "flat"


def test_each_run_tells_what_it_weighed_and_what_is_left():
    proposal = plan(method="history", spread="flat", down_to="team")
    run = proposal.runs[COMPANY]

    assert (run.method, run.amount, run.residual) == ("history", 1440, 0)
    # What the year would bring at last year's pace: 100 a month, and team B grows with its joiner.
    assert round(run.inputs["team:A"], 6) == 1200
    assert round(run.inputs["team:B"], 2) == round(
        Decimal(240) * (Decimal("182.5") + 184) / Decimal("182.5"), 2
    )
    assert sum(run.parts.values()) == 1440


def test_manual_shares_hold_where_they_are_stated():
    proposal = plan(
        method="manual", shares={Subject("team", "A"): Decimal("0.75"), Subject("team", "B"): Decimal("0.25")}
    )

    assert years(proposal)["team:A"] == 1080
    assert proposal.runs[COMPANY].method == "manual"
    assert proposal.runs[Subject("position", "PA")].method == "capacity"


def test_one_team_by_week_and_its_weeks_sum_to_months():
    proposal = plan("500", subject=("team", "A"), by="week")
    weeks = [one for one in proposal.targets if one.subject == E1 and one.period.grain == "week"]

    assert years(proposal) == {"team:A": 500, "position:PA": 500, "employee:E1": 250, "employee:E2": 250}
    for month in (one for one in proposal.targets if one.subject == E1 and one.period.grain == "month"):
        inside = [one for one in weeks if month.period.start <= one.period.start <= month.period.end]
        assert sum(one.amount for one in inside) == month.amount


def test_a_person_stands_beside_the_own_record_and_the_peers():
    people = {person.subject: person for person in plan("2880", spread="flat").people}

    assert people[E1].own.median == people[E1].own.best == 60
    assert people[E1].peers == 40
    assert people[E1].usual == 720
    assert people[E1].is_far_above
    assert (people[E4].own.months, people[E4].own.median, people[E4].is_far_above) == (0, None, None)
    assert people[E4].months == 6
    assert people[E4].monthly == people[E4].year / 6
    assert people[E4].peers == 20


def test_a_target_within_what_was_done_is_not_far_above():
    assert not any(person.is_far_above for person in plan("600", method="history").people)


def test_a_rate_is_handed_to_everybody_as_it_is():
    proposal = plan("0.8", "rate")

    assert {one.amount for one in proposal.targets} == {Decimal("0.8")}
    assert {one.period.grain for one in proposal.targets} == {"year", "quarter", "month"}
    assert proposal.method == "identity"
    assert any("does not add up" in english for english, _ in proposal.notes)
    # Nobody gets one for months without a day.
    assert min(
        one.period.start for one in proposal.targets if one.subject == E4 and one.period.grain == "month"
    ) == date(2026, 7, 1)


def test_a_stock_stays_with_its_subject():
    assert {one.subject for one in plan("30", "stock").targets} == {COMPANY}


def test_a_month_that_is_over_keeps_its_target():
    march = date(2026, 3, 1)
    held = {
        (COMPANY, "month", march): Existing("T1", 1, Decimal("300.00")),
        (E1, "month", march): Existing("T2", 1, Decimal(7)),
        (E1, "month", date(2026, 8, 1)): Existing("T3", 1, Decimal(9999)),
    }
    proposal = plan(held=held, spread="flat")
    months = {
        (one.subject, one.period.start): one.amount for one in proposal.targets if one.period.grain == "month"
    }

    assert months[COMPANY, march] == 300
    assert months[E1, march] == 7
    assert months[E1, date(2026, 8, 1)] < 100
    assert years(proposal)["company:C"] == 1440
    assert ("2 targets of months that are over stay; the rest is divided over the others.") in [
        english for english, _ in proposal.notes
    ]


def test_what_nobody_is_there_for_stays_above_and_is_told():
    proposal = plan(on=ground(holdings=[HOLDINGS[3]], figures={}), spread="flat")

    assert years(proposal)["employee:E4"] == 720
    assert proposal.runs[COMPANY].residual == 720
    assert (
        "720 of company:C stays with it: nobody below can take it.",
        "company:C 的 720 未能下达：下级无人可承担。",
    ) in (proposal.notes)


def test_nothing_but_capacity_where_history_says_nothing():
    silent = {**FIGURES, ("employee", "E1"): 0, ("employee", "E2"): 0}
    proposal = plan(method="history", on=ground(figures=silent))

    assert years(proposal)["employee:E1"] == years(proposal)["employee:E2"] > 0
    assert any(
        english.startswith("Nothing tells the parts of position:PA apart") for english, _ in proposal.notes
    )


def test_a_year_beyond_the_published_calendar_can_be_planned():
    proposal = propose(ground(2027), Request("sales", 2027, Decimal(1200)))

    assert years(proposal)["company:C"] == 1200


def test_amounts_are_as_fine_as_the_target_or_the_quantum():
    assert plan("1000.5", down_to="team").quantum == Decimal("0.1")
    assert {amount % 100 for amount in years(plan("7000", quantum=Decimal(100))).values()} == {0}


REFUSALS = {
    r"rate cannot be divided by history: a rate or ratio does not add up.* · rate 不能按": {
        "metric": "rate",
        "method": "history",
    },
    r"stock cannot be divided by equal: a stock is": {"metric": "stock", "method": "equal"},
    r"effort is to stay within a band": {"metric": "effort"},
    r"novelty has no history below company:C: use capacity": {
        "metric": "novelty",
        "method": "history",
        "spread": "flat",
    },
    r"novelty has no full year of figures for company:C before 2026": {
        "metric": "novelty",
        "spread": "seasonal",
    },
    r"company:C has 2 parts: .* promised 2 times": {"method": "identity"},
    r"There is no method 'fair': choose capacity": {"method": "fair"},
    r"There is no grain 'quarter': choose month, week, day": {"by": "quarter"},
    r"There is no level 'branch': choose team": {"down_to": "branch"},
    r"There is no team X to plan for\. Known are: company:C": {"subject": ("team", "X")},
    r"There are 2 of team: name one as TYPE:ID \(team:A, team:B\)": {"subject": ("team", None)},
    r"Nobody below holds the position PX in 2026\. Held are: CLERK, PA, PB": {"positions": ("PX",)},
    r"Shares are stated for team:X, who carry nothing": {
        "method": "manual",
        "shares": {Subject("team", "X"): Decimal(1)},
    },
    r"0\.5 is not a multiple of 1": {"target": "0.5", "quantum": Decimal(1)},
    r"Nobody holds a position below team:A in 2026": {
        "subject": ("team", "A"),
        "on": ground(holdings=HOLDINGS[2:]),
    },
}


@pytest.mark.parametrize("message", REFUSALS)
def test_what_cannot_be_planned_says_why_and_the_way_out(message):
    with pytest.raises(PlanningError, match=message) as caught:
        plan(**REFUSALS[message])
    assert " · " in str(caught.value)


def test_an_unknown_metric_is_named_with_its_nearest():
    with pytest.raises(UnknownNameError, match=r"no metric 'sale'\. Did you mean sales"):
        plan(metric="sale")
