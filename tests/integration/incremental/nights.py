"""Nights of a small company in one process: each continues the warehouse of the last, or builds anew."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ingestion.contract import load_contracts
from ingestion.profile import load_profile
from metric_library.compile import RunContext, compile_library
from metric_library.library import load_library
from orchestration.dbt_stage import DBT_PROJECT, stage_dbt_project
from orchestration.home import SAMPLE_PROFILE
from orchestration.warehouse import prepare_warehouse
from publishing.export import Mart, export_marts
from tests.integration.warehouse.company import AS_OF, rows
from tests.integration.warehouse.conftest import run_dbt
from tests.integration.warehouse.landing_fixture import WrittenLanding

START = date(2026, 1, 1)
MARTS = [
    Mart("metric_component_daily", "metrics"),
    Mart("metric_value", "marts"),
    Mart("metric_comparison", "marts"),
]
METRIC = """
metrics:
  - name: orders_of_note
    label: Orders of note
    description: Orders that were cancelled, or that were not.
    type: simple
    type_params: {{measure: orders_received}}
    filter: "{{{{ Dimension('sales_order__is_cancelled') }}}} = {condition}"
    config:
      meta:
        kpi:
          name_zh: 重点订单
          definition_zh: 已取消或未取消的订单数。
          owner: position:POS-HEAD-SALES
          steward: position:POS-SALES-ANALYST
          approver: position:POS-CEO
          status: published
          unit: {{kind: count}}
          direction: up
          levels: [company, department, team, position, employee]
          grains: [day, week, month, quarter, year, ytd]
          dimensions: [quantity]
          lens: [effectiveness]
          hardness: hard
          population: Orders received.
          null_policy: "null"
          zero_denominator: no_data
"""


@dataclass
class Company:
    """What is known of the company so far: its records, its definitions, the last day that counts."""

    folder: Path
    as_of: date = AS_OF
    condition: str = "false"
    landing: WrittenLanding = field(init=False)

    def __post_init__(self) -> None:
        self.landing = WrittenLanding(self.folder, load_contracts())
        for table, loads in rows().items():
            for load in loads:
                self.land(table, load)

    def land(self, table: str, records: list[Mapping[str, Any]]) -> None:
        self.landing.write(table, records)

    def night(self, base: Path | None, name: str, recompute: tuple[date, date] | None = None) -> Path:
        """Build the warehouse, on the one given or anew; returns its file."""
        definitions = self.folder / "definitions" / "orders_of_note.yml"
        definitions.parent.mkdir(exist_ok=True)
        definitions.write_text(METRIC.format(condition=self.condition), "utf-8")
        run = RunContext(
            name, self.as_of, datetime(2026, 7, 1), "test", START, build_identity="test", recompute=recompute
        )
        contracts = self.landing.contracts
        compiled = compile_library(
            load_library(DBT_PROJECT, [definitions.parent]),
            profile=load_profile(SAMPLE_PROFILE, {"GOLDTHREAD_HOME": str(self.folder)}),
            contracts=contracts,
            run=run,
        )
        warehouse = self.folder / "dbt" / "warehouse.duckdb"
        prepare_warehouse(warehouse, self.landing, contracts, compiled, run, base)
        project = stage_dbt_project(self.folder, contracts, compiled, extra_metric_files=[definitions])
        run_dbt(warehouse, project, "run", "--select", "+metric_comparison")
        return Path(shutil.move(warehouse, self.folder / f"{name}.duckdb"))


def published(warehouse: Path) -> dict[str, str]:
    """The SHA-256 of every mart of figures as it would be published."""
    folder = warehouse.with_suffix("")
    return {mart.name: mart.sha256 for mart in export_marts(warehouse, MARTS, folder, limits={})}
