"""An independent judge of figures: `judge.sql` sums the staged records, and this divides them last."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
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


@dataclass(frozen=True)
class Statistic:
    """A metric over single records: the `median` or `ninetieth` percentile, or how many `different` ones."""

    component: str
    kind: str


@dataclass(frozen=True)
class Computed:
    """A metric that is no single division: `of` is given the sums of `parts`, all of them there."""

    parts: tuple[str | Statistic, ...]
    of: Callable[..., Fraction | None]


def _regularity(flow: str) -> Computed:
    def regularity(count: Fraction, total: Fraction, squares: Fraction) -> Fraction | None:
        if count < 2 or not total:
            return None
        variance = (squares - total * total / count) / (count - 1)
        return max(Fraction(0), 1 - Fraction(math.sqrt(variance)) * count / total)

    return Computed((f"{flow}_gaps", f"{flow}_gap_hours", f"{flow}_gap_squares"), regularity)


def _reduction(baseline: str, actual: str) -> Computed:
    return Computed((baseline, actual), lambda before, now: (before - now) / before if before else None)


def _product(*parts: str | Statistic) -> Computed:
    """The product of quotients; their parts by turns above and below the line."""

    def product(*sums: Fraction) -> Fraction | None:
        below = math.prod(sums[1::2])
        return math.prod(sums[::2]) / below if below else None

    return Computed(parts, product)


def _chain(passed: str, tried: str, *steps: str) -> Computed:
    """The product of the shares that pass each step."""
    return _product(*(f"{step}_{part}" for step in steps for part in (passed, tried)))


def _rate(numerator: str, denominator: str) -> Formula:
    return Formula(numerator, denominator, part=True)


def _per_fte(numerator: str) -> Formula:
    return Formula(numerator, "fte_days", daily=("fte_days",))


FORMULAS: dict[str, Formula | Computed | Statistic] = {
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
    "sales_conversion_rate": _rate("opportunities_converted", "opportunities_created"),
    "new_customers": Formula("new_customers"),
    "new_customer_growth": Computed(
        ("new_customers", "new_customers_last_year"), lambda now, before: (now - before) / before
    ),
    "active_customers": Statistic("ordering_accounts", "different"),
    "complaint_rate_per_active_customer": _product("complaints", Statistic("ordering_accounts", "different")),
    "individual_efficiency": _product(
        *("levels_reached", "levels_required"),
        *("engagement_favourable", "engagement_answers"),
        *("active_hours", "hours_to_resolution"),
    ),
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
    "first_response_time_p50": Statistic("response_hours", "median"),
    "first_response_time_p90": Statistic("response_hours", "ninetieth"),
    "handling_time_p50": Statistic("handling_hours", "median"),
    "handling_time_p90": Statistic("handling_hours", "ninetieth"),
    "tickets_per_agent_day": Formula("tickets_resolved", "agent_days"),
    "ticket_flow_regularity": _regularity("resolution"),
    "process_cycle_time": Formula("process_time", "cases_with_steps"),
    "end_to_end_cycle_time": Formula("case_lead", "cases"),
    "process_cycle_reduction_rate": _reduction("case_baseline", "lead_with_baseline"),
    "order_cycle_reduction_rate": _reduction("order_baseline", "order_cycle_with_baseline"),
    "production_flow_regularity": _regularity("production"),
    "process_cycle_efficiency": Formula("valuable", "lead_with_steps"),
    "approval_steps_per_case": Formula("approvals", "cases_with_steps"),
    "approval_wait_share": Formula("approving", "lead_with_steps"),
    "quote_approval_steps_per_quote": Formula("quote_approvals", "quotes_sent"),
    "quote_approval_wait_share": Formula("quote_approving", "quote_hours"),
    "logistics_on_time_rate": _rate("parcels_in_time", "parcels_due"),
    "task_on_time_rate": _rate("tasks_in_time", "tasks_due"),
    "project_on_time_rate": _rate("projects_in_time", "projects_due"),
    "project_lead_time_p50": Statistic("project_days", "median"),
    "project_lead_time_p90": Statistic("project_days", "ninetieth"),
    "change_lead_time_p50": Statistic("change_hours", "median"),
    "change_lead_time_p90": Statistic("change_hours", "ninetieth"),
    "deployments": Formula("deployed"),
    "inspection_on_time_rate": _rate("lots_in_time", "lots_due"),
    "cases_completed": Formula("cases"),
    "accepted_output": Formula("units_made"),
    "projects_completed": Formula("projects_done"),
    "first_level_resolution": _rate("first_level", "levels_known"),
    "first_pass_yield": _rate("made_first_pass", "made"),
    "production_rework_rate": _rate("made_reworked", "made"),
    "rolled_throughput_yield_production": _chain(
        "passed_first", "tried", "preparation", "assembly", "test", "packing"
    ),
    "development_first_pass_yield": _rate("test_passed", "test_judged"),
    "rolled_throughput_yield_development": _chain(
        "passed", "judged", "requirement", "development", "test", "release"
    ),
    "lot_acceptance_rate": _rate("lots_accepted", "lots_judged"),
    "outgoing_pass_rate": _rate("outgoing_accepted", "outgoing_judged"),
    "defective_unit_rate": _rate("units_defective", "units_inspected"),
    "defects_per_million_opportunities": Formula("defects", "opportunities", factor=1_000_000),
    "bugs_per_release": Formula("bugs", "releases"),
    "step_error_rate": _rate("steps_failed", "steps_judged"),
    "change_fail_rate": _rate("deployed_badly", "deployed"),
    "follow_up_satisfaction": _rate("follow_up_satisfied", "follow_up_answers"),
    "csat_response_rate": _rate("csat_replied", "csat_invited"),
    "cross_department_satisfaction": _rate("cross_department_satisfied", "cross_department_ratings"),
    "shift_handover_satisfaction": _rate("shift_handover_satisfied", "shift_handover_ratings"),
    "automation_coverage": _rate("automated", "automatable"),
    "digital_hand_off_rate": _rate("keyed_hand_offs", "key_hand_offs"),
    "system_sessions": Formula("sessions"),
    "system_users": Statistic("users", "different"),
    "preventive_maintenance_compliance": _rate("services_in_time", "services_due"),
    "inspection_coverage": _rate("lots_inspected", "lots_due"),
    "process_improvements_closed": Formula("improvements"),
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
        self._statistics = connection.execute("select * from statistic").pl()
        days = connection.execute("select grain, period_start, days from elapsed").fetchall()
        self._days = {(grain, start): count for grain, start, count in days}
        connection.close()

    def figures(self, metric_id: str) -> dict[Place, Fraction]:
        """Every figure of a metric that there is, by subject and period."""
        formula = FORMULAS[metric_id]
        if isinstance(formula, Statistic):
            return self._statistic(formula)
        if isinstance(formula, Computed):
            sums = [
                self._statistic(part) if isinstance(part, Statistic) else self._sums[part, False]
                for part in formula.parts
            ]
            places = set.intersection(*(set(one) for one in sums))
            values = {place: formula.of(*(one[place] for one in sums)) for place in places}
            return {place: value for place, value in values.items() if value is not None}
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

    def _statistic(self, statistic: Statistic) -> dict[Place, Fraction]:
        rows = self._statistics.filter(component=statistic.component)
        places = rows.select("subject_type", "subject_id", "grain", "period_start").iter_rows()
        return {place: Fraction(value) for place, value in zip(places, rows[statistic.kind], strict=True)}

    def _part(self, component: str, formula: Formula) -> dict[Place, Fraction]:
        sums = self._sums[component, formula.last_day]
        if component not in formula.daily:
            return sums
        return {place: amount / self._days[place[2], place[3]] for place, amount in sums.items()}
