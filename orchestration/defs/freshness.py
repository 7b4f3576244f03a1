"""How old each layer may grow before Dagster calls it stale; set here once, by layer."""

from __future__ import annotations

from datetime import timedelta

import dagster as dg

from ingestion.contract import Contract

ONE_NIGHT_LATE = timedelta(hours=26)
A_NIGHT_MISSED = timedelta(hours=36)


def of_landing(contract: Contract) -> dg.FreshnessPolicy:
    """A landed table: what its contract promises."""
    return dg.FreshnessPolicy.time_window(fail_window=contract.freshness_window)


def of_warehouse() -> dg.FreshnessPolicy:
    """The library and every model: one night; a warning when tonight's is late."""
    return dg.FreshnessPolicy.time_window(fail_window=A_NIGHT_MISSED, warn_window=ONE_NIGHT_LATE)


def of_publication(schedule: str, time_zone: str) -> dg.FreshnessPolicy:
    """The publication: on every tick of the schedule, what readers see is less than two nights old."""
    return dg.FreshnessPolicy.cron(
        deadline_cron=schedule, lower_bound_delta=timedelta(hours=24), timezone=time_zone
    )
