"""MetricFlow over the nights of two companies."""

import pytest
from metricflow_adapter import MetricFlow
from running_periods import with_running_periods

from tests.nights import Night

COMPANIES = ("sample", "adventureworks")


@pytest.fixture(scope="session", params=COMPANIES)
def company(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def night(company: str, request: pytest.FixtureRequest) -> Night:
    """The night of one of the companies."""
    return request.getfixturevalue(f"{company}_night")


@pytest.fixture(scope="session")
def metricflow(night: Night) -> MetricFlow:
    """MetricFlow over that night."""
    return MetricFlow(night)


@pytest.fixture(scope="session")
def running_metricflow(night: Night) -> MetricFlow:
    """MetricFlow with years to date and rolling windows of the library's metrics."""
    return MetricFlow(night, with_running_periods)
