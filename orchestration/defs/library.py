"""The metric library as an asset, with one check per definition rule."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from orchestration.defs import freshness
from orchestration.defs.landing import landing_key
from quality.rules import RULES

if TYPE_CHECKING:
    from orchestration.night import Night
    from orchestration.project import StagedProject

LIBRARY_KEY = dg.AssetKey("metric_library")
LIBRARY_GROUP = "metric_library"
FINDINGS_SHOWN = 20


def rule_check_name(rule_id: str) -> str:
    """DEF-01 as Dagster allows it: DEF_01."""
    return rule_id.replace("-", "_")


def library_asset(tables: Sequence[str]) -> dg.AssetsDefinition:
    """The checked and compiled library. It waits for the landing: refused sources make metrics stale."""

    @dg.multi_asset(
        name="compile_metric_library",
        specs=[
            dg.AssetSpec(
                LIBRARY_KEY,
                deps=[landing_key(table) for table in tables],
                description="Metrics, measures, components and lineage, checked and compiled for tonight.",
                group_name=LIBRARY_GROUP,
                owners=["team:metric_governance"],
                kinds={"yaml"},
                freshness_policy=freshness.of_warehouse(),
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(rule_check_name(rule.rule_id), asset=LIBRARY_KEY, description=rule.title)
            for rule in RULES
        ],
        required_resource_keys={"night"},
    )
    def compile_metric_library(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        night: Night = context.resources.night
        staged = night.check_and_compile()
        return dg.MaterializeResult(
            asset_key=LIBRARY_KEY,
            metadata=_metadata(staged),
            check_results=[_rule_result(rule.rule_id, staged) for rule in RULES],
        )

    return compile_metric_library


def _metadata(staged: "StagedProject") -> Mapping[str, Any]:
    metrics = staged.compiled.tables["metric"]
    by_state = dict(metrics["state"].value_counts().iter_rows()) if len(metrics) else {}
    return {"dagster/row_count": len(metrics), **{f"metrics_{state}": n for state, n in by_state.items()}}


def _rule_result(rule_id: str, staged: "StagedProject") -> dg.AssetCheckResult:
    found = [one for one in staged.check.findings if one.rule_id == rule_id and one.is_open]
    worst_is_error = any(one.severity == "error" for one in found)
    return dg.AssetCheckResult(
        check_name=rule_check_name(rule_id),
        passed=not found,
        severity=dg.AssetCheckSeverity.ERROR if worst_is_error else dg.AssetCheckSeverity.WARN,
        metadata={
            "findings": len(found),
            "first": [f"{one.file}:{one.line}: {one.message}" for one in found[:FINDINGS_SHOWN]],
        },
    )
