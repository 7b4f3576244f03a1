"""Figures worked by hand: every formula of the library gives them, pooled before it divides."""

from fractions import Fraction
from pathlib import Path

import pytest
from metric_evaluation import evaluate, pooled

from metric_library.library import Library, load_library
from metric_library.normal_form import Unsupported, additivity, reduce_metric, twins

PROJECT = Path(__file__).parents[3]
LEDGER = {"ledger_revenue": 500, "ledger_total_expense": 300, "ledger_workforce_cost": 150}


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library(PROJECT / "dbt_project")


def nps_answers(promoters: int, passives: int, detractors: int) -> dict[str, int]:
    return {"promoters": promoters, "detractors": detractors, "ratings": promoters + passives + detractors}


def contacts(resolved_first: int, resolved: int) -> dict[str, int]:
    return {"tickets_resolved_first_contact": resolved_first, "tickets_contacts_counted": resolved}


def test_the_library_reads_without_a_problem(library: Library):
    assert library.problems == ()
    assert len(library.metrics) == len(library.computable) >= 50


def test_every_metric_of_the_library_can_be_computed(library: Library):
    assert [m for m in library.computable if isinstance(reduce_metric(library, m), Unsupported)] == []


def test_every_class_of_metric_is_there(library: Library):
    assert {additivity(library, m) for m in library.computable} == {
        "additive",
        "semi_additive",
        "ratio",
        "derived",
        "direct",
        "formula",
    }


@pytest.mark.parametrize(
    ("metric", "answer"),
    [
        ("human_capital_roi_fitz_enz", Fraction(7, 3)),
        ("human_capital_roi_iso", Fraction(4, 3)),
        ("labour_cost_profit_rate", Fraction(4, 3)),
        ("labour_cost_share_of_revenue", Fraction(3, 10)),
        ("labour_cost_share_of_total_cost", Fraction(1, 2)),
        ("profit", Fraction(200)),
    ],
)
def test_return_on_people(library: Library, metric: str, answer: Fraction):
    assert evaluate(library, metric, LEDGER) == answer


def test_the_iso_form_and_the_labour_cost_profit_rate_are_one_figure(library: Library):
    assert reduce_metric(library, "human_capital_roi_iso") == reduce_metric(
        library, "labour_cost_profit_rate"
    )
    assert twins(library) == [("human_capital_roi_iso", "labour_cost_profit_rate")]


def test_return_on_people_without_people_is_unknown(library: Library):
    nobody = {"ledger_revenue": 500, "ledger_total_expense": 300, "ledger_workforce_cost": 0}
    assert evaluate(library, "human_capital_roi_iso", nobody) is None


def test_net_promoter_score_of_one_group(library: Library):
    assert evaluate(library, "nps", nps_answers(70, 20, 10)) == 60


def test_net_promoter_score_is_pooled_not_averaged(library: Library):
    first, second = nps_answers(6, 3, 1), nps_answers(30, 30, 30)
    assert [evaluate(library, "nps", group) for group in (first, second)] == [50, 0]
    assert evaluate(library, "nps", pooled(first, second)) == 5


def test_first_contact_resolution_gross_and_net(library: Library):
    assert evaluate(library, "first_contact_resolution", contacts(120, 200)) == Fraction(60, 100)
    net = {"tickets_resolvable_first_contact": 120, "tickets_resolvable_first_level": 200 - 30}
    assert evaluate(library, "first_contact_resolution_net", net) == Fraction(12, 17)


def test_first_contact_resolution_is_pooled_not_averaged(library: Library):
    both = pooled(contacts(9, 10), contacts(10, 100))
    value = evaluate(library, "first_contact_resolution", both)
    assert value is not None
    assert round(float(value), 3) == 0.173


def test_per_head_figures_divide_by_the_mean_of_the_days(library: Library):
    # 300 full-time equivalents for 10 days and 330 for 20 days: 320 on average.
    month = {"fte_days": 300 * 10 + 330 * 20, "calendar_days": 30}
    assert evaluate(library, "average_fte", month) == 320
    assert evaluate(library, "revenue_per_fte", {**month, "line_amount": 6400}) == 20
    assert evaluate(library, "profit_per_fte", {**month, **LEDGER}) == Fraction(200, 320)
    assert evaluate(
        library, "training_hours_per_fte", {**month, "training_hours_completed": 160}
    ) == Fraction(1, 2)


def test_turnover_divides_leavers_by_the_mean_headcount(library: Library):
    quarter = {"leavings": 6, "headcount_days": 300 * 91, "calendar_days": 91}
    assert evaluate(library, "turnover_rate", quarter) == Fraction(6, 300)


def test_overtime_rate_counts_overtime_below_the_line_too(library: Library):
    assert evaluate(library, "overtime_rate", {"overtime_hours": 20, "contract_hours": 180}) == Fraction(
        1, 10
    )


def test_each_form_of_a_share_has_its_own_basis(library: Library):
    books = {**LEDGER, "ledger_income_tax": 30, "ledger_gross_profit": 380, "ledger_value_added": 350}
    assert evaluate(library, "profit_margin", books) == Fraction(200, 500)
    assert evaluate(library, "net_profit_margin", books) == Fraction(170, 500)
    assert evaluate(library, "labour_cost_net_profit_rate", books) == Fraction(170, 150)
    assert evaluate(library, "labour_share_of_value_added", books) == Fraction(150, 350)
    assert evaluate(library, "labour_share_of_gross_profit", books) == Fraction(150, 380)


def test_human_capital_value_added_is_what_is_left_for_people(library: Library):
    # What is not paid for people is 150; the rest, 350, over a mean of ten full-time equivalents.
    month = {**LEDGER, "fte_days": 300, "calendar_days": 30}
    assert evaluate(library, "human_capital_value_added", month) == 35


def test_cost_per_head_has_contractors_above_and_below_the_line(library: Library):
    month = {"payroll_workforce_cost": 90_000 + 10_000, "fte_days": 30 * (9 + 1), "calendar_days": 30}
    assert evaluate(library, "workforce_cost_per_fte", month) == 10_000


def test_more_of_one_competency_does_not_make_up_for_less_of_another(library: Library):
    # Asked for 3, 4 and 3; found 5, 2 and 3: reached 3, 2 and 3.
    levels = {"competency_levels_required": 10, "competency_levels_reached": 8}
    assert evaluate(library, "competency_coverage", levels) == Fraction(4, 5)


def test_process_cycle_efficiency(library: Library):
    hours = {"value_adding_hours": Fraction(12, 10), "lead_hours_with_steps": 4}
    assert evaluate(library, "process_cycle_efficiency", hours) == Fraction(30, 100)


def test_a_regular_flow_scores_near_one_and_an_erratic_one_nothing(library: Library):
    # Intervals of 1, 3, 1 and 3 hours: mean 2, variance 4/3.
    steady = {"case_intervals": 4, "case_interval_hours": 8, "case_interval_hours_squared": 20}
    value = evaluate(library, "production_flow_regularity", steady)
    assert value is not None
    assert float(value) == pytest.approx(1 - (4 / 3) ** 0.5 / 2)
    erratic = {"case_intervals": 3, "case_interval_hours": 12, "case_interval_hours_squared": 102}
    assert evaluate(library, "production_flow_regularity", erratic) == 0


def test_a_cycle_is_shorter_than_its_frozen_baseline(library: Library):
    orders = {"order_baseline_hours": 2 * 300, "order_cycle_hours_with_baseline": 240 + 300}
    assert evaluate(library, "order_cycle_reduction_rate", orders) == Fraction(1, 10)


def test_individual_efficiency_is_the_product_of_its_three_factors(library: Library):
    factors = {
        "competency_levels_reached": 9,
        "competency_levels_required": 10,
        "favourable_answers": 8,
        "survey_answers": 10,
        "ticket_active_hours": 5,
        "ticket_pending_hours": 5,
    }
    assert evaluate(library, "individual_efficiency", factors) == Fraction(36, 100)
    nobody_asked = {**factors, "survey_answers": 0}
    assert evaluate(library, "individual_efficiency", nobody_asked) is None


def test_complaints_have_two_denominators(library: Library):
    assert evaluate(library, "complaint_rate", {"complaints": 6, "orders_delivered": 300}) == Fraction(1, 50)
    ordering = {"complaints": 6, "accounts_ordering": 120}
    assert evaluate(library, "complaint_rate_per_active_customer", ordering) == Fraction(1, 20)
