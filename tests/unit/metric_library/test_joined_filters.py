"""Filters on joined dimensions, by the SQL that a night runs, over rows made up here."""

from dataclasses import asdict
from pathlib import Path

import duckdb
import pytest
from small_library import SmallLibrary

from metric_library.column_lineage import ColumnLineage
from metric_library.normal_form import components_of

MACROS = Path(__file__).parents[3] / "dbt_project" / "macros"
ROWS = """
    create table dim_account as
    select * from (values ('A1', 'large'), ('A2', 'small'), ('A3', null)) as t (account_id, segment);

    create table dim_employee as
    select * from (values
        ('E1', 'intern', date '2020-01-01', date '2026-03-01'), ('E1', 'permanent', date '2026-03-01', null)
    ) as t (employee_id, employment_type, valid_from, valid_to);

    create table fct_order as
    select * from (values
        ('A1', 'E1', date '2026-02-28', 1), ('A1', 'E1', date '2026-03-01', 2),
        ('A2', 'E1', date '2026-03-02', 4), ('A3', null, date '2026-03-03', 8),
        (null, 'E9', date '2026-03-04', 16), ('A9', 'E1', date '2019-12-31', 32)
    ) as t (account_id, employee_id, ordered_on, amount);
"""


@pytest.mark.parametrize(
    ("condition", "amount"),
    [
        ("{{ Dimension('account__account_segment') }} = 'large'", 1 + 2),
        ("{{ Dimension('account__account_segment') }} is null", 8 + 16 + 32),
        ("{{ Dimension('employee__employment_type') }} = 'intern'", 1),
        ("{{ Dimension('employee__employment_type') }} = 'permanent'", 2 + 4),
        ("{{ Dimension('employee__employment_type') }} is null", 8 + 16 + 32),
        (
            "{{ Dimension('account__account_segment') }} = 'large'"
            " and {{ Dimension('employee__employment_type') }} = 'permanent'",
            2,
        ),
        ("coalesce({{ Dimension('account__account_segment') }}, 'none') <> 'nothing'", 63),
    ],
)
def test_each_record_finds_the_row_of_its_day_or_none(
    small: SmallLibrary, condition: str, amount: int
) -> None:
    small.edit("revenue.yml", "{{ Dimension('order__status') }} <> 'cancelled'", condition)
    [component] = components_of(small.load(), "revenue")
    for name in ("metric_components.sql", "time.sql"):
        small.write(f"macros/{name}", (MACROS / name).read_text(encoding="utf-8"))
    joins = [asdict(join) for join in component.joins]
    small.write(
        "models/asked.sql",
        f"select sum({component.expression}) from "
        f"{{{{ joined_fact('{component.fact}', '{component.date_column}', {joins!r}) }}}} "
        f"where {component.filter}",
    )
    query = ColumnLineage(small.load().dbt_models).query("asked")
    connection = duckdb.connect()
    connection.execute(ROWS)
    assert connection.execute(query.sql(dialect="duckdb")).fetchone() == (amount,)
