"""Nights of a small company in one process: each continues the warehouse of the last, or builds anew."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from ingestion.contract import load_contracts
from ingestion.profile import load_profile
from metric_library.compile import RunContext, compile_library
from metric_library.library import Library, load_library
from orchestration.dbt_stage import DBT_PROJECT, stage_dbt_project
from orchestration.home import SAMPLE_PROFILE
from orchestration.warehouse import BUILD_STATE, prepare_warehouse
from publishing.export import export_marts
from publishing.marts import ExportedNight, Mart
from tests.integration.warehouse.company import AS_OF, rows
from tests.integration.warehouse.conftest import run_dbt
from tests.integration.warehouse.landing_fixture import WrittenLanding

START = date(2026, 1, 1)
MARTS = [
    Mart("metric_component_daily", "metrics", partitioned_by="metric_date"),
    Mart("metric_value", "marts", partitioned_by="period_end"),
    Mart("metric_comparison", "marts", partitioned_by="period_end"),
    Mart("metric_contribution", "marts", partitioned_by="period_end"),
    Mart("metric_slice", "marts", partitioned_by="period_end"),
]
# Of every kind: sums, ratios, daily means, a stock, an offset, a conversion, a distinct count, a percentile.
CHOSEN = (
    "orders_of_note", "gross_margin_rate", "revenue_per_fte", "headcount", "new_customer_growth",
    "sales_conversion_rate", "active_customers", "first_response_time_p90", "first_contact_resolution",
    "tickets_per_agent_day",
)  # fmt: skip
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
          direction: band
          levels: [company, department, team, position, employee]
          grains: {grains}
          dimensions: [quantity]
          slices: [is_cancelled]
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
    grains: str = "[day, week, month, quarter, year, ytd]"
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
        definitions.write_text(METRIC.format(condition=self.condition, grains=self.grains), "utf-8")
        run = RunContext(
            name, self.as_of, datetime(2026, 7, 1), "test", START, build_identity="test", recompute=recompute
        )
        contracts = self.landing.contracts
        compiled = compile_library(
            chosen(load_library(DBT_PROJECT, [definitions.parent])),
            profile=load_profile(SAMPLE_PROFILE, {"GOLDTHREAD_HOME": str(self.folder)}),
            contracts=contracts,
            run=run,
        )
        warehouse = self.folder / "dbt" / "warehouse.duckdb"
        begun = Path(shutil.copyfile(base, warehouse.with_suffix(".base"))) if base else None
        prepare_warehouse(warehouse, self.landing, contracts, compiled, run, begun)
        project = stage_dbt_project(self.folder, contracts, compiled, extra_metric_files=[definitions])
        run_dbt(warehouse, project, "run", "--select", "+metric_contribution", "+metric_slice")
        kept = self.folder / name / warehouse.name  # its views know the file by this name
        kept.parent.mkdir(exist_ok=True)
        return Path(shutil.move(warehouse, kept))


def chosen(library: Library) -> Library:
    """The library with the chosen metrics and what they are made of."""
    wanted = set(CHOSEN)
    while more := {i for name in wanted for i in library.inputs_of(name)} - wanted:
        wanted |= more
    return replace(library, definitions={name: library.definitions[name] for name in sorted(wanted)})


def records(warehouse: Path) -> dict[str, tuple[int, int]]:
    """Rows of every table of records and facts: how many, and a sum over what they say."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where schema_name in ('staging', 'intermediate', 'core') order by 1"
        ).fetchall()
        count = "select count(*), coalesce(sum(hash(hash(held))::hugeint), 0) from {} as held"
        return {table: connection.execute(count.format(table)).fetchone() for (table,) in tables}


MARKED = ("core.fct_order_line", "core.fct_ticket_event", "intermediate.int_sales__order",
          "intermediate.int_ticketing__ticket_event")  # fmt: skip


def marked(warehouse: Path) -> Path:
    """A copy of a warehouse in which rows of facts say that nobody made them anew."""
    copy = warehouse.with_name("marked.duckdb")
    shutil.copyfile(warehouse, copy)
    with duckdb.connect(str(copy)) as connection:
        for table in MARKED:
            connection.execute(f"update {table} set _source = 'marked'")
    return copy


def left_alone_in(warehouse: Path) -> set[str]:
    """The facts of which rows are still as they were marked."""
    still_marked = "select count(*) from {} where _source = 'marked'"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = {table: connection.execute(still_marked.format(table)).fetchall()[0][0] for table in MARKED}
    return {table.partition(".")[2] for table, count in rows.items() if count}


def published(warehouse: Path) -> dict[str, str]:
    """The SHA-256 of every mart of figures as it would be published."""
    return {name: mart.sha256 for name, mart in publication(warehouse).marts.items()}


def publication(warehouse: Path, before: ExportedNight | None = None) -> ExportedNight:
    """The marts of figures as files, beginning with those of a night `before`."""
    folder = warehouse.parent / ("beginning_with_the_last" if before else "alone")
    return export_marts(warehouse, MARTS, folder, limits={}, before=before)


def unchanged_models(warehouse: Path) -> set[str]:
    """The models, by name, whose rows are those of the night that a warehouse continues."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            f"select split_part(node, '.', 3) from {BUILD_STATE} as tonight "
            "inner join base.build_state as before using (node, state) where starts_with(node, 'model.')"
        ).fetchall()
    return {name for (name,) in rows}
