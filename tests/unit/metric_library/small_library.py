"""A small company with a sound library, written to disk, for tests to break in one place at a time."""

from __future__ import annotations

from pathlib import Path

from metric_library.library import Library, load_library

SEMANTIC = {
    "fct_order.yml": """
semantic_models:
  - name: orders
    model: ref('fct_order')
    config: {meta: {requires: [sales.orders]}}
    defaults: {agg_time_dimension: ordered_on}
    entities:
      - {name: order, type: primary, expr: order_id}
      - {name: account, type: foreign, expr: account_id}
      - {name: employee, type: foreign, expr: employee_id}
      - {name: org_unit, type: foreign, expr: org_unit_id}
    dimensions:
      - {name: ordered_on, type: time, type_params: {time_granularity: day}}
      - {name: committed_on, type: time, type_params: {time_granularity: day}}
      - {name: status, type: categorical}
      - {name: sales_region, type: categorical, expr: region}
    measures:
      - {name: orders_received, agg: count, expr: order_id, create_metric: true}
      - {name: orders_cancelled, agg: sum_boolean, expr: status = 'cancelled', create_metric: true}
      - {name: order_amount, agg: sum, expr: amount}
      - {name: hold_hours, agg: sum, expr: customer_hold_hours, create_metric: true}
      - {name: mean_hold, agg: average, expr: customer_hold_hours}
      - {name: median_hold, agg: median, expr: customer_hold_hours}
      - {name: regions, agg: count_distinct, expr: region}
""",
    "dim_account.yml": """
semantic_models:
  - name: accounts
    model: ref('dim_account')
    config: {meta: {requires: [sales.accounts]}}
    entities:
      - {name: account, type: primary, expr: account_id}
    dimensions:
      - {name: account_segment, type: categorical, expr: segment}
      - {name: account_owner, type: categorical, expr: owner_employee_id}
      - {name: account_created_on, type: time, expr: created_on, type_params: {time_granularity: day}}
""",
    "dim_employee.yml": """
semantic_models:
  - name: employees
    model: ref('dim_employee')
    primary_entity: employee
    entities:
      - {name: employee, type: natural, expr: employee_id}
    dimensions:
      - {name: employment_type, type: categorical}
      - name: employee_valid_from
        type: time
        expr: valid_from
        type_params: {time_granularity: day, validity_params: {is_start: true}}
      - name: employee_valid_to
        type: time
        expr: valid_to
        type_params: {time_granularity: day, validity_params: {is_end: true}}
""",
    "fct_workforce.yml": """
semantic_models:
  - name: workforce
    model: ref('fct_workforce')
    primary_entity: workforce_day
    defaults: {agg_time_dimension: work_date}
    entities:
      - {name: employee, type: foreign, expr: employee_id}
      - {name: position, type: foreign, expr: position_id}
    dimensions:
      - {name: work_date, type: time, type_params: {time_granularity: day}}
    measures:
      - {name: fte_days, agg: sum, expr: fte_share, create_metric: true}
      - name: closing_fte_amount
        agg: sum
        expr: fte_share
        non_additive_dimension: {name: work_date, window_choice: max}
""",
    "fct_calendar.yml": """
semantic_models:
  - name: calendar
    model: ref('fct_calendar')
    primary_entity: day
    defaults: {agg_time_dimension: date_day}
    dimensions:
      - {name: date_day, type: time, type_params: {time_granularity: day}}
    measures:
      - {name: calendar_days, agg: sum, create_metric: true}
      - {name: business_days, agg: sum, create_metric: true}
""",
}

SQL = {
    "staging/stg_sales__orders.sql": "{{ newest_version('sales', 'orders') }}\n",
    "staging/stg_sales__order_lines.sql": "{{ newest_version('sales', 'order_lines') }}\n",
    "staging/stg_sales__accounts.sql": "{{ newest_version('sales', 'accounts') }}\n",
    "staging/stg_hr__employees.sql": "{{ newest_version('hr', 'employees') }}\n",
    "core/dim_account.sql": "select * from {{ ref('stg_sales__accounts') }}\n",
    "core/dim_employee.sql": """
select employee_id, employment_type, valid_from, valid_to from {{ ref('stg_hr__employees') }}
""",
    "staging/stg_hr__employee_positions.sql": "{{ newest_version('hr', 'employee_positions') }}\n",
    "core/fct_order.sql": """
with orders as (select * from {{ ref('stg_sales__orders') }})
select
    o.order_id, o.account_id, o.employee_id, o.org_unit_id, {{ local_date('o.ordered_at') }} as ordered_on,
    o.committed_on, o.status, o.region, l.amount, coalesce(o.customer_hold_hours, 0) as customer_hold_hours
from orders as o
inner join {{ ref('stg_sales__order_lines') }} as l on o.order_id = l.order_id
""",
    "core/fct_workforce.sql": """
select h.employee_id, h.position_id, h.fte_share, d.date_day as work_date
from {{ ref('stg_hr__employee_positions') }} as h
inner join {{ ref('fct_calendar') }} as d on d.date_day >= h.valid_from
""",
    "core/fct_calendar.sql": "select date_day, 1 as calendar_days, 1 as business_days from days\n",
}

MACROS = "{% macro local_date(column) -%} cast({{ column }} as date) {%- endmacro %}\n"

KPI = """
          name_zh: {name_zh}
          definition_zh: {name_zh}的统计口径。
          owner: position:P-OWNER
          steward: position:P-STEWARD
          approver: position:P-APPROVER
          status: published
          unit: {unit}
          direction: up
          valid_range: [0, null]
          levels: [company, department, employee]
          grains: [month, year]
          population: All orders.
          zero_denominator: no_data
"""


def metric(name: str, definition: str, *, name_zh: str, unit: str) -> str:
    """The text of a metric file. `definition` is what stands between description and config."""
    label = name.replace("_", " ").capitalize()
    kpi = KPI.format(name_zh=name_zh, unit=unit)
    return (
        f"metrics:\n  - name: {name}\n    label: {label}\n"
        f"    description: What {name} counts, over which records and by which day.\n"
        f"{definition.strip(chr(10))}\n    config:\n      meta:\n        kpi:{kpi}"
    )


MONEY, COUNT, SHARE = "{kind: currency}", "{kind: count}", "{kind: proportion}"
PER_HEAD = "{kind: ratio, numerator: {kind: currency}, denominator: {kind: count}}"

METRICS = {
    "financial/revenue.yml": metric(
        "revenue",
        """
    type: simple
    type_params:
      measure: order_amount
    filter: "{{ Dimension('order__status') }} <> 'cancelled'"
""",
        name_zh="销售额",
        unit=MONEY,
    ),
    "financial/revenue_per_fte.yml": metric(
        "revenue_per_fte",
        """
    type: ratio
    type_params:
      numerator: revenue
      denominator: average_fte
""",
        name_zh="人均销售额",
        unit=PER_HEAD,
    ),
    "learning/average_fte.yml": metric(
        "average_fte",
        """
    type: ratio
    type_params:
      numerator: fte_days
      denominator: calendar_days
""",
        name_zh="平均全职当量",
        unit=COUNT,
    ),
    "learning/closing_fte.yml": metric(
        "closing_fte",
        """
    type: simple
    type_params:
      measure: closing_fte_amount
""",
        name_zh="期末全职当量",
        unit=COUNT,
    ),
    "process/cancellation_rate.yml": metric(
        "cancellation_rate",
        """
    type: ratio
    type_params:
      numerator: orders_cancelled
      denominator: orders_received
""",
        name_zh="取消率",
        unit=SHARE,
    ),
    "process/kept_rate.yml": metric(
        "kept_rate",
        """
    type: derived
    type_params:
      expr: 1 - rate
      metrics:
        - {name: cancellation_rate, alias: rate}
""",
        name_zh="履约率",
        unit=SHARE,
    ),
}


class SmallLibrary:
    """The files of the small library; every change is one edit of one file."""

    def __init__(self, root: Path) -> None:
        self.project = root / "dbt_project"
        for name, text in SEMANTIC.items():
            self.write(f"models/semantic/{name}", text.lstrip("\n"))
        for name, text in METRICS.items():
            self.write(f"models/metrics/{name}", text)
        for name, text in SQL.items():
            self.write(f"models/{name}", text.lstrip("\n"))
        self.write("macros/time.sql", MACROS)

    def path(self, name: str) -> Path:
        """A file by its path in the project; a bare `revenue.yml` is found wherever it lies."""
        direct = self.project / name
        return direct if direct.exists() or "/" in name else next(self.project.rglob(name))

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        file = self.project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def add(self, name: str, definition: str, *, unit: str = COUNT) -> Path:
        """Add a metric."""
        return self.write(
            f"models/metrics/process/{name}.yml", metric(name, definition, name_zh=f"指标{name}", unit=unit)
        )

    def edit(self, name: str, old: str, new: str) -> Path:
        """Replace one text that stands once in a file."""
        file = self.path(name)
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        file.write_text(text.replace(old, new), encoding="utf-8")
        return file

    def line(self, name: str, text: str) -> int:
        """The line on which a text stands first."""
        lines = self.path(name).read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    def load(self) -> Library:
        """Read it."""
        return load_library(self.project)
