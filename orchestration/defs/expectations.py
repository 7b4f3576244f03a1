"""The Great Expectations suites as asset checks: one per landed table and one per mart that has a suite."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import dagster as dg

from ingestion.contract import Contract
from orchestration.defs.landing import landing_key
from quality.expectations.marts import load_suites
from quality.expectations.suite import SuiteResult

if TYPE_CHECKING:
    from orchestration.night import Night

EXPECTATIONS_CHECK = "expectations"
PUBLICATION_KEY = dg.AssetKey("publication")
FAILURES_SHOWN = 10


def expectation_checks(
    contracts: Mapping[str, Contract], tables: Sequence[str], models: Mapping[str, dg.AssetKey]
) -> dg.AssetChecksDefinition:
    """The checks of both layers. `models` says which asset a mart is; one that is not built has no check."""
    checked = {table: landing_key(table) for table in tables}
    checked |= {
        suite.table: models[suite.relation[1]]
        for suite in load_suites(contracts)
        if suite.relation[1] in models
    }

    @dg.multi_asset_check(
        name="report_expectations",
        specs=[
            dg.AssetCheckSpec(
                EXPECTATIONS_CHECK,
                asset=key,
                additional_deps=[PUBLICATION_KEY],
                description="Nothing in the data contradicts what is expected of it.",
            )
            for key in checked.values()
        ],
        required_resource_keys={"night"},
        can_subset=True,
    )
    def report_expectations(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        night: Night = context.resources.night
        for summary in night.expectations.summaries():
            for suite in summary.suites:
                if suite.table in checked:
                    yield _result(checked[suite.table], suite)
            for table in summary.not_evaluated:
                if table in checked:
                    yield _nothing_to_look_at(checked[table])

    return report_expectations


def _result(key: dg.AssetKey, suite: SuiteResult) -> dg.AssetCheckResult:
    broken = [one for one in suite.expectations if one.status != "passed"]
    worst = any(one.status == "error" or one.severity == "critical" for one in broken)
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=EXPECTATIONS_CHECK,
        passed=not broken,
        severity=dg.AssetCheckSeverity.ERROR if worst else dg.AssetCheckSeverity.WARN,
        metadata={
            "expectations": len(suite.expectations),
            "not_met": [f"{one.status}: {one.title}" for one in broken[:FAILURES_SHOWN]],
        },
    )


def _nothing_to_look_at(key: dg.AssetKey) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=EXPECTATIONS_CHECK,
        passed=False,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"not_met": ["nothing has landed, so nothing could be evaluated"]},
    )
