"""All of it together: the definitions of one company, its job and its schedule."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg

from ingestion.landing import Landing
from orchestration.defs.expectations import expectation_checks
from orchestration.defs.landing import landing_assets
from orchestration.defs.library import library_asset
from orchestration.defs.publication import publication_asset
from orchestration.defs.warehouse import dbt_resource, warehouse_assets
from orchestration.night import Night, Setup, default_as_of, open_night
from orchestration.publication import INDISPENSABLE
from orchestration.warehouse import calendar_start

JOB_NAME = "nightly"
BACKFILL_JOB_NAME = "backfill"
AS_OF_TAG = "goldthread/as_of"
PARTITION_TAG = "dagster/partition"  # Dagster's own, on every run of a partition


def build_definitions(setup: Setup, project: Path) -> dg.Definitions:
    """Everything that Dagster knows of a company."""
    profile = setup.profile
    warehouse = warehouse_assets(project)
    models = {key.path[-1]: key for key in warehouse.keys}
    job = dg.define_asset_job(
        JOB_NAME,
        selection=dg.AssetSelection.all(),
        description="One night: land, check, build, publish.",
        executor_def=dg.in_process_executor,
    )
    backfill = dg.define_asset_job(
        BACKFILL_JOB_NAME,
        selection=dg.AssetSelection.all(),
        description="A night that computes one month anew, changed or not.",
        partitions_def=_months(setup),
        executor_def=dg.in_process_executor,
    )
    return dg.Definitions(
        assets=[
            *landing_assets(setup.contracts, setup.tables),
            library_asset(setup.tables),
            warehouse,
            publication_asset(
                [models[name] for name in sorted(INDISPENSABLE)], profile.schedule, profile.time_zone
            ),
        ],
        asset_checks=[expectation_checks(setup.contracts, setup.tables, models)],
        jobs=[job, backfill],
        schedules=[
            dg.ScheduleDefinition(
                job=job, cron_schedule=profile.schedule, execution_timezone=profile.time_zone
            ),
        ],
        resources={"night": _night_resource(setup), "dbt": dbt_resource(setup.home, project)},
    )


def _months(setup: Setup) -> dg.MonthlyPartitionsDefinition:
    """The months of the calendar."""
    profile, as_of = setup.profile, default_as_of(setup.profile)
    start = calendar_start(Landing(setup.home.root), setup.contracts, profile.time_zone, as_of)
    return dg.MonthlyPartitionsDefinition(
        start_date=start.isoformat(), timezone=profile.time_zone, end_offset=1
    )


def _night_resource(setup: Setup) -> dg.ResourceDefinition:
    """A night per run, alone in its home; the run's tags may name another as-of date, and a month to compute
    anew.
    """

    @dg.resource
    def night(context: dg.InitResourceContext) -> Iterator[Night]:
        tags = context.run.tags if context.run else {}
        as_of, month = tags.get(AS_OF_TAG), tags.get(PARTITION_TAG)
        with open_night(
            setup,
            as_of=date.fromisoformat(as_of) if as_of else None,
            recompute=_month(date.fromisoformat(month)) if month else None,
        ) as opened:
            yield opened

    return night


def _month(first: date) -> tuple[date, date]:
    """The first and last day of a month."""
    return first, first.replace(day=monthrange(first.year, first.month)[1])
