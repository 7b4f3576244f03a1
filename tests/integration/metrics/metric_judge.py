"""An independent judge of figures: `judge.sql` sums the staged records, and this divides them last."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

import duckdb

JUDGE_SQL = Path(__file__).with_name("judge.sql")

Place = tuple[str, str, str, date]  # subject type, subject, grain, start of the period


@dataclass(frozen=True)
class Formula:
    """How a metric follows from the judge's components.

    `daily` names the parts that are spread over the days of the period. `part` says that the numerator counts
    cases of the denominator (or that having none is a fact), so that no record above the line is 0.
    `last_day` takes a stock on the last day.
    """

    numerator: str
    denominator: str | None = None
    daily: tuple[str, ...] = ()
    part: bool = False
    factor: int = 1
    last_day: bool = False


def _rate(numerator: str, denominator: str) -> Formula:
    return Formula(numerator, denominator, part=True)


def _per_fte(numerator: str) -> Formula:
    return Formula(numerator, "fte_days", daily=("fte_days",))


FORMULAS = {
    "revenue": Formula("revenue"),
    "gross_margin": Formula("margin"),
    "gross_margin_rate": Formula("margin", "revenue_with_cost"),
    "average_order_value": Formula("revenue", "orders"),
    "revenue_per_fte": Formula("revenue", "fte_days", daily=("fte_days",)),
    "workforce_cost": Formula("payroll_cost"),
    "labour_cost_share_of_revenue": Formula("ledger_labour", "ledger_revenue"),
    "labour_cost_share_of_total_cost": Formula("ledger_labour", "ledger_expense"),
    "profit": Formula("ledger_profit"),
    "profit_per_fte": Formula("ledger_profit", "fte_days", daily=("fte_days",)),
    "human_capital_roi_fitz_enz": Formula("ledger_profit_and_labour", "ledger_labour"),
    "human_capital_roi_iso": Formula("ledger_profit", "ledger_labour"),
    "labour_cost_profit_rate": Formula("ledger_profit", "ledger_labour"),
    "won_deals": Formula("opportunities_won"),
    "win_rate": _rate("opportunities_won", "opportunities_closed"),
    "orders": Formula("orders"),
    "on_time_delivery_rate": _rate("orders_on_time", "orders_due"),
    "perfect_order_rate": _rate("orders_perfect", "orders_checked"),
    "tickets_created": Formula("tickets_created"),
    "tickets_resolved": Formula("tickets_resolved"),
    "first_contact_resolution": _rate("first_contact", "contacts_known"),
    "first_contact_resolution_net": _rate("first_contact_within_first_level", "within_first_level"),
    "csat": _rate("csat_satisfied", "csat_answers"),
    "nps": Formula("nps_net", "nps_answers", factor=100),
    "complaint_rate": Formula("complaints", "orders_delivered"),
    "follow_ups": Formula("follow_ups"),
    "follow_ups_per_opportunity": Formula("follow_ups_of_closed", "opportunities_closed"),
    "quote_turnaround": Formula("quote_hours", "quotes_sent"),
    "quote_on_time_rate": _rate("quotes_on_time", "quotes_due"),
    "order_cycle_time": Formula("order_cycle_hours", "orders_delivered"),
    "average_handling_time": Formula("handling_hours", "tickets_resolved"),
    "first_response_on_time_rate": _rate("responses_on_time", "responses_due"),
    "sla_attainment": _rate("resolutions_on_time", "resolutions_due"),
    "reopen_rate": _rate("came_back", "tickets_resolved"),
    "auto_assignment_coverage": _rate("tickets_auto_assigned", "tickets_assigned"),
    "ticket_events": Formula("ticket_events"),
    "work_items_completed": Formula("work_items_completed"),
    "work_item_on_time_rate": _rate("work_items_on_time", "work_items_due"),
    "rework_rate": _rate("reworked", "rework_known"),
    "overtime_rate": Formula("overtime_hours", "contract_and_overtime_hours"),
    "headcount": Formula("headcount_days", last_day=True),
    "closing_fte": Formula("fte_days", last_day=True),
    "average_headcount": Formula("headcount_days", daily=("headcount_days",)),
    "average_fte": Formula("fte_days", daily=("fte_days",)),
    "hires": Formula("hires"),
    "leavers": Formula("leavers"),
    "turnover_rate": Formula("leavers", "headcount_days", daily=("headcount_days",), part=True),
    "training_hours": Formula("training_hours"),
    "training_hours_per_fte": Formula("training_hours", "fte_days", daily=("fte_days",), part=True),
    "absence_rate": _rate("absent_days", "contract_days"),
    "engagement_favourable_rate": _rate("engagement_favourable", "engagement_answers"),
    "metric_origin_understanding_rate": _rate("metric_origin_favourable", "metric_origin_answers"),
    "gross_margin_per_fte": _per_fte("margin"),
    "team_contribution_per_fte": _per_fte("margin_accepted"),
    "net_profit": Formula("ledger_net_profit"),
    "net_profit_per_fte": _per_fte("ledger_net_profit"),
    "profit_margin": Formula("ledger_profit", "ledger_revenue"),
    "net_profit_margin": Formula("ledger_net_profit", "ledger_revenue"),
    "labour_cost_net_profit_rate": Formula("ledger_net_profit", "ledger_labour"),
    "human_capital_value_added": _per_fte("ledger_profit_and_labour"),
    "workforce_cost_per_fte": _per_fte("payroll_cost"),
    "value_added": Formula("ledger_value_added"),
    "labour_share_of_value_added": Formula("ledger_labour", "ledger_value_added"),
    "labour_share_of_gross_profit": Formula("ledger_labour", "ledger_gross_profit"),
    "overtime_cost": Formula("overtime_pay"),
    "overtime_cost_share": Formula("overtime_pay", "total_pay"),
    "cost_per_ticket": Formula("ledger_labour_and_operating", "tickets_resolved"),
    "cost_per_unit_of_output": Formula("ledger_labour_and_operating", "production_output"),
    "orders_per_fte": _per_fte("orders"),
    "orders_per_hour_worked": Formula("orders", "worked_hours"),
    "units_delivered": Formula("units_accepted"),
    "output_per_fte": _per_fte("production_output"),
    "output_per_hour_worked": Formula("production_output", "worked_hours"),
    "tickets_resolved_per_fte": _per_fte("tickets_resolved"),
    "tickets_resolved_per_hour_worked": Formula("tickets_resolved", "worked_hours"),
    "ticket_active_time_share": Formula("active_hours", "hours_to_resolution"),
    "new_customers": Formula("new_customers"),
    "innovation_suggestions": Formula("innovation_accepted"),
    "process_improvement_suggestions": Formula("process_improvement_accepted"),
    "cross_department_innovation_projects": Formula("project_accepted"),
    "new_business_attempts": Formula("new_business_accepted"),
    "suggestion_adoption_rate": _rate("suggestion_accepted", "suggestion_decided"),
    "suggestions_implemented": Formula("suggestion_implemented"),
    "duty_metric_match_rate": Formula("duties_measured", "duties_measurable", last_day=True),
    "employee_satisfaction": _rate("satisfaction_favourable", "satisfaction_answers"),
    "internal_support_satisfaction": _rate("internal_support_favourable", "internal_support_answers"),
    "competency_coverage": Formula("levels_reached", "levels_required"),
}


def judged(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """A night's warehouse with the judge's tables beside it."""
    connection = duckdb.connect()
    connection.execute("set memory_limit = '1500MB'; set threads = 2")
    # The night's views name their database as the file was named when it was built.
    connection.execute(f"attach '{warehouse}' as warehouse (read_only); use warehouse")
    connection.execute(JUDGE_SQL.read_text(encoding="utf-8"))
    return connection


class Judge:
    """The judge's sums over the staged tables of a night's warehouse, and figures from them."""

    def __init__(self, warehouse: Path) -> None:
        connection = judged(warehouse)
        self._sums: dict[tuple[str, bool], dict[Place, Fraction]] = defaultdict(dict)
        rows = connection.execute(
            """
            select component, subject_type, subject_id, grain, period_start, amount, last_day_amount
            from summed
            """
        ).fetchall()
        for component, *place, amount, last_day_amount in rows:
            self._sums[component, False][tuple(place)] = Fraction(amount)
            if last_day_amount is not None:
                self._sums[component, True][tuple(place)] = Fraction(last_day_amount)
        days = connection.execute("select grain, period_start, days from elapsed").fetchall()
        self._days = {(grain, start): count for grain, start, count in days}
        connection.close()

    def figures(self, metric_id: str) -> dict[Place, Fraction]:
        """Every figure of a metric that there is, by subject and period."""
        formula = FORMULAS[metric_id]
        above = self._part(formula.numerator, formula)
        if formula.denominator is None:
            return above
        below = self._part(formula.denominator, formula)
        places = below if formula.part else above.keys() & below.keys()
        return {
            place: formula.factor * above.get(place, Fraction(0)) / below[place]
            for place in places
            if below[place]
        }

    def _part(self, component: str, formula: Formula) -> dict[Place, Fraction]:
        sums = self._sums[component, formula.last_day]
        if component not in formula.daily:
            return sums
        return {place: amount / self._days[place[2], place[3]] for place, amount in sums.items()}
