"""Every published figure that MetricFlow can express is MetricFlow's answer; what it cannot, is named."""

import pytest
from comparison import GRAINS, SUBJECTS, differences, published_figures
from metricflow_adapter import MetricFlow, NotExpressibleError
from running_periods import RUNNING, running_name

pytestmark = pytest.mark.slow

# What MetricFlow has no words for, each with the reason. `beyond.sql` and the judge of the metrics stand in.
A_STOCK = "the amount of the last day counts, and a cumulative metric adds all days up"
RUNNING_BEYOND = {
    "closing_fte": A_STOCK,
    "headcount": A_STOCK,
    "duty_metric_match_rate": A_STOCK,
    "sales_conversion_rate": "a conversion has its own window, and runs over no other",
    "new_customer_growth": "its growth is compared with another period",
}
SUBJECTS_BEYOND = {
    "division": "a unit holds those below it as of each day, at any depth; it joins no hierarchy",
    "department": "as for a division",
    "team": "as for a division",
    "reporting_line": "a manager holds whoever reports to him or her as of each day, at any distance",
}
THE_DAYS = "the days that it divides by have no subject, and MetricFlow joins them to none"
METRICS_BEYOND = {
    "position": {"average_fte": THE_DAYS, "average_headcount": THE_DAYS},
    "unit": {
        "average_fte": THE_DAYS,
        "average_headcount": THE_DAYS,
        "profit_per_fte": THE_DAYS,
        "human_capital_value_added": THE_DAYS,
        "output_per_fte": THE_DAYS,
    },
}
SHARES = (
    "a person's record goes to the positions held on its day by full-time share; it has no position itself"
)


@pytest.mark.parametrize("grain", GRAINS)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_figure_is_metricflows(metricflow: MetricFlow, subject: str, grain: str):
    published = [
        one
        for one in published_figures(metricflow, SUBJECTS[subject], grain)
        if one.metric_id not in METRICS_BEYOND.get(subject, {})
    ]
    assert published or grain not in SUBJECTS[subject].grains
    wrong = [str(found) for one in published for found in differences(metricflow, one)]
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("grain", RUNNING)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_figure_of_a_running_period_is_metricflows(
    running_metricflow: MetricFlow, subject: str, grain: str
):
    published = [
        one
        for one in published_figures(running_metricflow, SUBJECTS[subject], grain)
        if one.metric_id not in METRICS_BEYOND.get(subject, {})
        and running_metricflow.knows(running_name(one.metric_id, grain))
    ]
    wrong = [str(found) for one in published for found in differences(running_metricflow, one)]
    assert not wrong, "\n\n".join(wrong)


def refused(metricflow: MetricFlow, metric: str, *by: str) -> bool:
    try:
        metricflow.sql([metric], by)
    except NotExpressibleError:
        return True
    return False


def published_in(metricflow: MetricFlow, table: str, column: str) -> set[str]:
    rows = metricflow.connection.execute(
        f"select distinct {column} from {table} inner join marts.dim_metric using (metric_id)"
        " where state = 'ok'"
    ).fetchall()
    return {name for (name,) in rows}


def test_every_grain_is_compared(metricflow: MetricFlow):
    assert published_in(metricflow, "library.metric_grain", "period_grain") == {*GRAINS, *RUNNING}


def test_what_has_no_running_period_is_named(running_metricflow: MetricFlow):
    published = {
        one.metric_id
        for subject in SUBJECTS.values()
        for grain in RUNNING
        for one in published_figures(running_metricflow, subject, grain)
    }
    compared = {one for one in published if running_metricflow.knows(running_name(one, "ytd"))}
    assert compared
    assert published - compared == RUNNING_BEYOND.keys() & published


def test_every_kind_of_subject_is_compared_or_beyond_metricflow(metricflow: MetricFlow):
    levels = published_in(metricflow, "library.metric_level", "subject_type")
    assert levels - SUBJECTS.keys() == SUBJECTS_BEYOND.keys()
    assert [level for level in SUBJECTS_BEYOND if not refused(metricflow, "headcount", level)] == []


@pytest.mark.parametrize("subject", METRICS_BEYOND)
def test_what_is_said_to_be_beyond_metricflow_is_refused(metricflow: MetricFlow, subject: str):
    by = SUBJECTS[subject].entity
    assert [metric for metric in METRICS_BEYOND[subject] if not refused(metricflow, metric, by)] == []


def test_a_record_of_a_person_has_no_position(metricflow: MetricFlow):
    """SHARES: the figures of positions that are not compared above are all beyond MetricFlow."""
    compared = {one.metric_id for one in published_figures(metricflow, SUBJECTS["position"], "month")}
    rows = metricflow.connection.execute(
        """
        select metric_id from marts.dim_metric
        where state = 'ok' and list_contains(string_split(levels, ','), 'position')
        """
    ).fetchall()
    spread = {metric for (metric,) in rows} - compared
    assert spread
    assert [metric for metric in spread if not refused(metricflow, metric, "position")] == []
