"""From the metric down to the column of a canonical table, and the formula in words."""

import pytest
from small_library import SmallLibrary

from metric_library.column_lineage import ColumnLineage
from metric_library.lineage import domains_of, lineage_edges, needed_tables
from metric_library.readable import formula_text


def test_way_down_from_a_metric(small: SmallLibrary) -> None:
    steps = {(e.from_type, e.from_id, e.to_type, e.to_id) for e in lineage_edges(small.load())}
    component = next(to for kind, name, to_type, to in steps if (name, to_type) == ("revenue", "component"))
    assert {
        ("metric", "revenue_per_fte", "metric", "revenue"),
        ("metric", "revenue", "measure", "orders.order_amount"),
        ("component", component, "column", "fct_order.amount"),
        ("component", component, "model", "fct_order"),
        ("column", "fct_order.amount", "table_column", "sales.order_lines.amount"),
        ("column", "fct_order.ordered_on", "table_column", "sales.orders.ordered_at"),
        ("model", "fct_order", "model", "stg_sales__orders"),
        ("model", "stg_sales__orders", "table", "sales.orders"),
        ("table_column", "sales.orders.ordered_at", "table", "sales.orders"),
    } <= steps


def test_a_join_is_followed_to_its_own_tables(small: SmallLibrary) -> None:
    segment = "{{ Dimension('account__account_segment') }} = 'large'"
    small.edit("revenue.yml", "{{ Dimension('order__status') }} <> 'cancelled'", segment)
    library = small.load()
    steps = {(e.from_type, e.from_id, e.to_type, e.to_id) for e in lineage_edges(library)}
    component = next(to for kind, name, to_type, to in steps if (name, to_type) == ("revenue", "component"))
    assert {
        ("component", component, "column", "fct_order.account_id"),
        ("component", component, "column", "dim_account.segment"),
        ("component", component, "model", "dim_account"),
        ("column", "dim_account.segment", "table_column", "sales.accounts.segment"),
    } <= steps
    assert domains_of(library, "revenue") == ("sales",)


def test_dbt_manifest_is_taken_where_given(small: SmallLibrary) -> None:
    parents = {"model.x.fct_order": ["model.x.stg_sales__invoices", "source.x.landed.y"]}
    steps = {(e.from_id, e.to_id) for e in lineage_edges(small.load(), parent_map=parents)}
    assert ("stg_sales__invoices", "sales.invoices") in steps
    assert ("fct_order", "stg_sales__orders") not in steps


def test_held_out_metrics_have_no_lineage(small: SmallLibrary) -> None:
    small.edit("revenue.yml", "measure: order_amount", "measure: unknown")
    assert not {e for e in lineage_edges(small.load()) if e.from_id in ("revenue", "revenue_per_fte")}


def test_tables_and_domains(small: SmallLibrary) -> None:
    library = small.load()
    assert needed_tables(library, "fct_order") == ("sales.order_lines", "sales.orders")
    assert domains_of(library, "revenue_per_fte") == ("hr", "sales", "shared")


COLUMNS = [
    ("select o.amount - o.cost as margin from LINES as o", "margin",
     ["sales.order_lines.amount", "sales.order_lines.cost"]),
    ("with a as (select *, amount as net from LINES), b as (select * from a)\n"
     "select b.net from b", "net", ["sales.order_lines.amount"]),
    ("with recursive a as (select amount from LINES union all select amount from a)\n"
     "select sum(amount) as total from a", "total", ["sales.order_lines.amount"]),
    ("select order_id as key from ORDERS union all\n"
     "select order_line_id from LINES", "key",
     ["sales.order_lines.order_line_id", "sales.orders.order_id"]),
    ("select count(*) as orders from ORDERS as o", "orders", ["sales.orders.order_id"]),
    ("select {{ local_date('ordered_at') }} as day from (select * from ORDERS) as o", "day",
     ["sales.orders.ordered_at"]),
    ("select {% for c in ['status'] %}o.{{ c }} as is_{{ c }}{% endfor %} from ORDERS as o",
     "is_status", ["sales.orders.status"]),
    ("select 1 as one from ORDERS", "one", []),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "column", "landed"), COLUMNS)
def test_columns_are_followed(small: SmallLibrary, sql: str, column: str, landed: list[str]) -> None:
    sql = sql.replace("LINES", "{{ ref('stg_sales__order_lines') }}").replace(
        "ORDERS", "{{ ref('stg_sales__orders') }}"
    )
    small.write("models/core/fct_tried.sql", sql)
    lineage = ColumnLineage(small.load().dbt_models)
    assert [".".join(pair) for pair in lineage.landed("fct_tried", column)] == landed
    assert column in lineage.columns("fct_tried")


@pytest.mark.parametrize(
    ("metric", "english", "chinese"),
    [
        ("revenue_per_fte", "Revenue ÷ Average fte", "销售额 ÷ 平均全职当量"),
        ("kept_rate", "1 − Cancellation rate", "1 − 取消率"),
        ("revenue", "sum of amount in fct_order where status <> 'cancelled', by ordered_on",
         "fct_order 中 amount 之和，条件：status <> 'cancelled'，按 ordered_on 统计"),
        ("closing_fte", "sum of fte_share in fct_workforce, on the last day of the period (work_date)",
         "fct_workforce 中 fte_share 之和，取期末日（work_date）"),
    ],
)  # fmt: skip
def test_formula_in_words(small: SmallLibrary, metric: str, english: str, chinese: str) -> None:
    library = small.load()
    assert formula_text(library, metric) == english
    assert formula_text(library, metric, "zh") == chinese
