"""The published night as an asset: exported, recorded in its manifest, and shown to readers in one step."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg

from orchestration.defs import freshness
from orchestration.defs.expectations import PUBLICATION_KEY

if TYPE_CHECKING:
    from orchestration.night import Night


def publication_asset(marts: Sequence[dg.AssetKey], schedule: str, time_zone: str) -> dg.AssetsDefinition:
    """What readers see. It waits for the marts without which there is no night; any other can be carried."""

    @dg.multi_asset(
        name="publish_night",
        specs=[
            dg.AssetSpec(
                PUBLICATION_KEY,
                deps=list(marts),
                description="Parquet files, a DuckDB file and the manifest of the night that readers see.",
                group_name="publication",
                owners=["team:data"],
                kinds={"parquet", "duckdb"},
                freshness_policy=freshness.of_publication(schedule, time_zone),
            )
        ],
        required_resource_keys={"night"},
    )
    def publish_night(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        night: Night = context.resources.night
        manifest = night.publish()
        return dg.MaterializeResult(
            asset_key=PUBLICATION_KEY,
            metadata={
                "run_id": manifest.run_id,
                "as_of": manifest.as_of,
                "marts": len(manifest.marts),
                "dagster/row_count": sum(mart["rows"] for mart in manifest.marts.values()),
                "held_domains": dict(manifest.held_domains),
            },
        )

    return publish_night
