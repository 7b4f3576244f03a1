"""All of it together: the definitions of one company, its job and its schedule."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg

from orchestration.defs.expectations import expectation_checks
from orchestration.defs.landing import landing_assets
from orchestration.defs.library import library_asset
from orchestration.defs.publication import publication_asset
from orchestration.defs.warehouse import dbt_resource, warehouse_assets
from orchestration.night import Night, Setup, open_night
from orchestration.publication import INDISPENSABLE

JOB_NAME = "nightly"
AS_OF_TAG = "goldthread/as_of"


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
        jobs=[job],
        schedules=[
            dg.ScheduleDefinition(
                job=job, cron_schedule=profile.schedule, execution_timezone=profile.time_zone
            )
        ],
        resources={"night": _night_resource(setup), "dbt": dbt_resource(setup.home, project)},
    )


def _night_resource(setup: Setup) -> dg.ResourceDefinition:
    """A night per run, alone in its home; the run's tag may name another as-of date."""

    @dg.resource
    def night(context: dg.InitResourceContext) -> Iterator[Night]:
        as_of = (context.run.tags if context.run else {}).get(AS_OF_TAG)
        with open_night(setup, as_of=date.fromisoformat(as_of) if as_of else None) as opened:
            yield opened

    return night
