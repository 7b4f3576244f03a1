"""Every dbt model as an asset and every dbt test as an asset check, built in one `dbt build`.

When a domain's model or test fails, that domain is held back and dbt builds once more; the other domains
refresh.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from graphlib import TopologicalSorter
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import duckdb
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)
from packaging.version import Version, parse

from orchestration.dbt_results import BuildResult, read_build
from orchestration.defs import freshness
from orchestration.defs.landing import landing_key
from orchestration.defs.library import LIBRARY_KEY
from orchestration.home import Home
from orchestration.project import MANIFEST, dbt_executable

if TYPE_CHECKING:
    from orchestration.night import Night

DEFAULT_OWNER = "team:data"
DbtEvent = dg.Output | dg.AssetCheckResult | dg.AssetObservation


class NightDbt(DbtCliResource):
    """dbt as the night needs it: one process per build.

    DbtCliResource would start a second dbt to ask its version, and load dbt into this process to count rows,
    five seconds each; the version is known and the rows are counted in DuckDB.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return parse(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Any) -> None:
        return None


class NightTranslator(DagsterDbtTranslator):
    """Names, groups and owners of dbt's models in the asset graph."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] != "source":
            return super().get_asset_key(dbt_resource_props)
        if dbt_resource_props["source_name"] == "landed":
            return landing_key(dbt_resource_props["name"].replace("__", ".", 1))
        return LIBRARY_KEY

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props["config"].get("schema") or "models")

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return [(dbt_resource_props["config"].get("meta") or {}).get("owner", DEFAULT_OWNER)]

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        return spec.replace_attributes(freshness_policy=freshness.of_warehouse())


def warehouse_assets(project: Path) -> dg.AssetsDefinition:
    """The dbt models of a staged and parsed project."""

    @dbt_assets(
        manifest=project / MANIFEST,
        project=dbt_project(project),
        name="build_warehouse",
        dagster_dbt_translator=NightTranslator(),
        required_resource_keys={"night", "dbt"},
    )
    def build_warehouse(context: dg.AssetExecutionContext) -> Iterator[DbtEvent]:
        yield from _build_night(context, context.resources.dbt, context.resources.night)

    return build_warehouse


def dbt_project(project: Path) -> DbtProject:
    """The staged project as dagster-dbt sees it."""
    return DbtProject(project_dir=project, profiles_dir=project)


def dbt_resource(home: Home, project: Path) -> NightDbt:
    """The dbt of this environment over the staged project."""
    return NightDbt(
        project_dir=dbt_project(project),
        dbt_executable=dbt_executable(home),
        # To format every event for a file of dbt's own as well takes a tenth of a small night.
        global_config_flags=["--log-level-file", "none"],
    )


def _build_night(context: dg.AssetExecutionContext, dbt: NightDbt, night: "Night") -> Iterator[DbtEvent]:
    """Build, and once more with the failed domains held back. dbt's events are passed on when it is done.

    They wait so that each model's rows can be counted: while dbt runs, the warehouse file is its own.
    """
    night.enter("warehouse")
    night.expectations.ask("landed")
    events, build = _invoke(context, dbt, night)
    failures: list[DbtEvent] = []
    while night.must_build_again(build):
        failures += [one for one in events if isinstance(one, dg.AssetCheckResult) and not one.passed]
        events, build = _invoke(context, dbt, night)
    night.finish_build()
    rows = _rows_by_asset(night)
    reported = {(one.asset_key, one.check_name) for one in failures}
    outputs = {
        context.asset_key_for_output(one.output_name): one for one in events if isinstance(one, dg.Output)
    }
    # Dagster wants them in the order of its own graph; a build with held domains had another.
    for key in TopologicalSorter(context.assets_def.asset_deps).static_order():
        if key in outputs:
            yield outputs[key].with_metadata({**outputs[key].metadata, **rows.get(key.path[-1], {})})
    yield from failures
    for event in events:
        if isinstance(event, dg.AssetObservation) or (
            isinstance(event, dg.AssetCheckResult) and (event.asset_key, event.check_name) not in reported
        ):
            yield event


def _invoke(
    context: dg.AssetExecutionContext, dbt: NightDbt, night: "Night"
) -> tuple[list[DbtEvent], BuildResult]:
    target = night.folder / f"dbt_{len(night.builds) + 1}"
    command = ["build", "--exclude-resource-type", "unit_test"]
    invocation = dbt.cli(command, context=context, target_path=target, raise_on_error=False)
    known = invocation.manifest["nodes"]
    events: list[DbtEvent] = []
    finished = 0
    for message in invocation.stream_raw_events():
        if not message.is_result_event:
            continue
        finished += 1
        night.report("node_finished", finished=finished)
        # A model that came into the project with tonight's data is in Dagster's graph from tomorrow on.
        if message.raw_event["data"]["node_info"]["unique_id"] in known:
            events += message.to_default_asset_events(
                manifest=invocation.manifest,
                dagster_dbt_translator=invocation.dagster_dbt_translator,
                context=invocation.context,
                target_path=invocation.target_path,
                project=invocation.project,
            )
    return events, read_build(target, night.setup.domains)


def _rows_by_asset(night: "Night") -> dict[str, dict[str, int]]:
    """Table → its number of rows, as Dagster's metadata; views are not computed for that."""
    with duckdb.connect(str(night.warehouse), read_only=True) as connection:
        counted = connection.execute(
            "SELECT table_name, estimated_size FROM duckdb_tables() "
            "WHERE NOT internal AND schema_name <> 'library'"
        ).fetchall()
    return {name: {"dagster/row_count": rows} for name, rows in counted}
