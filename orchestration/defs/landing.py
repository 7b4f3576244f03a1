"""One asset per canonical table, made from its contract: description, owner, columns, freshness, rows."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from ingestion.contract import Column, Contract
from orchestration.defs import freshness

if TYPE_CHECKING:
    from ingestion.landing import TableLanding
    from orchestration.night import Night

CONTRACT_CHECK = "contract"
# A source that is being written, or a share that is briefly away, is tried again after 2, 4 and 8 seconds.
SOURCE_RETRIES = dg.RetryPolicy(max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL)


def landing_key(table: str) -> dg.AssetKey:
    """The asset of a canonical table: landing / hr / employees."""
    return dg.AssetKey(["landing", *table.split(".")])


def landing_assets(
    contracts: Mapping[str, Contract], order: Sequence[str]
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Assets of the tables in `order` (those that the profile connects, a table after those it refers to).

    The other tables are shown too, and cannot be refreshed.
    """
    connected = [_landing_asset(contracts[table], order[:place]) for place, table in enumerate(order)]
    absent = [_spec(contract, None) for table, contract in contracts.items() if table not in order]
    return [*connected, *absent]


def _landing_asset(contract: Contract, earlier: Sequence[str]) -> dg.AssetsDefinition:
    spec = _spec(contract, earlier)
    check = dg.AssetCheckSpec(
        CONTRACT_CHECK,
        asset=spec.key,
        description="Every file is readable under the contract; rows that are not are in quarantine.",
    )

    @dg.multi_asset(
        name=f"land_{contract.domain}_{contract.name}",
        specs=[spec],
        check_specs=[check],
        retry_policy=SOURCE_RETRIES,
        required_resource_keys={"night"},
    )
    def land(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        night: Night = context.resources.night
        try:
            landed = night.land(contract.table)
        except Exception as error:
            if isinstance(error, OSError) and context.retry_number < SOURCE_RETRIES.max_retries:
                raise
            # What fails here is this domain's failure, and is told as one; the other domains go on.
            landed = night.refuse(contract.table, error)
        return _result(spec.key, landed)

    return land


def _spec(contract: Contract, earlier: Sequence[str] | None) -> dg.AssetSpec:
    """The table as an asset. `earlier` are the tables landed before it; None means that nothing fills it."""
    referred = {reference.table for reference in contract.references.values()}.intersection(earlier or ())
    metadata: dict[str, Any] = {
        "dagster/column_schema": dg.TableSchema(
            columns=[_column(contract, name, column) for name, column in contract.columns.items()]
        ),
        "key": ", ".join(contract.key),
        "grain_zh": contract.grain_zh,
    }
    return dg.AssetSpec(
        landing_key(contract.table),
        deps=[landing_key(table) for table in sorted(referred)],
        description=f"{contract.grain}\n\n{contract.grain_zh}",
        metadata=metadata,
        group_name=f"landing_{contract.domain}",
        owners=[contract.owner],
        kinds={"parquet", "polars"},
        tags={"goldthread/connected": "no" if earlier is None else "yes"},
        freshness_policy=None if earlier is None else freshness.of_landing(contract),
    )


def _column(contract: Contract, name: str, column: Column) -> dg.TableColumn:
    tags = {
        key: value
        for key, value in {"unit": column.unit, "privacy": column.privacy}.items()
        if value is not None
    }
    if column.references:
        tags["references"] = column.references.table
    return dg.TableColumn(
        name,
        column.type,
        description=f"{column.description} {column.description_zh}",
        constraints=dg.TableColumnConstraints(nullable=not column.required, unique=contract.key == (name,)),
        tags=tags,
    )


def _result(key: dg.AssetKey, landed: "TableLanding") -> dg.MaterializeResult:
    loads = [*landed.loads_known, *landed.loads_new]
    quarantined = sum(load.rows_quarantined for load in loads)
    problems = [f"{problem.file}: {problem.message}" for problem in landed.problems]
    return dg.MaterializeResult(
        asset_key=key,
        metadata={
            "dagster/row_count": sum(load.rows_landed for load in loads),
            "rows_read": sum(load.rows_read for load in loads),
            "rows_quarantined": quarantined,
            "rows_duplicate": sum(load.rows_duplicate for load in loads),
            "new_loads": len(landed.loads_new),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=CONTRACT_CHECK,
                passed=not problems,
                severity=dg.AssetCheckSeverity.ERROR,
                metadata={"refused": problems, "rows_quarantined": quarantined},
            )
        ],
    )
