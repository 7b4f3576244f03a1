"""The test of a grain finds rows that agree on it, and values that are missing from it."""

import duckdb
import pytest
from rendering import DBT_PROJECT, rendered

TEST = (DBT_PROJECT / "macros" / "test_unique_grain.sql").read_text("utf-8")
MACRO = TEST.replace("{% test ", "{% macro ").replace("{% endtest", "{% endmacro")
COLUMNS = ["metric_id", "period_start", "scope"]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("('a', 1, 'x'), ('a', 2, 'x'), ('b', 1, 'x')", []),
        ("('a', 1, 'x'), ('b', 1, 'x'), ('a', 1, 'x')", [("a", 1, "x", 2)]),
        ("('a', 1, NULL), ('a', 2, NULL), ('a', 2, 'x')", []),
        ("('a', 1, NULL), ('b', 1, 'x'), ('a', 1, NULL)", [("a", 1, None, 2)]),
        ("(NULL, 1, 'x'), ('a', NULL, 'x'), ('a', 1, 'x')", [("a", None, "x", 1), (None, 1, "x", 1)]),
    ],
)
def test_a_grain_that_does_not_hold_is_found(rows, found):
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE figures (metric_id VARCHAR, period_start INTEGER, scope VARCHAR)")
        connection.execute(f"INSERT INTO figures VALUES {rows}")
        query = rendered(f"{MACRO}{{{{ unique_grain('figures', {COLUMNS}, ['scope']) }}}}")
        assert set(connection.execute(query).fetchall()) == set(found)
