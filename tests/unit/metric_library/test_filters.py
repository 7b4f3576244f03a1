"""MetricFlow filters as SQL over the fact's columns."""

import pytest
from small_library import SmallLibrary

from metric_library.expressions import canonical, conjunction
from metric_library.filters import filter_sql
from metric_library.library import SemanticModel
from metric_library.problems import DefinitionError


@pytest.fixture
def orders(small: SmallLibrary) -> SemanticModel:
    return small.load().semantic_models["orders"]


@pytest.mark.parametrize(
    ("written", "sql"),
    [
        ("{{ Dimension('order__sales_region') }} = 'north'", "region = 'north'"),
        ("{{Dimension( \"order__status\" )}} IN ('open','closed')", "status IN ('open', 'closed')"),
        ("{{ TimeDimension('order__ordered_on', 'month') }} > '2026-01-01'",
         "DATE_TRUNC('MONTH', ordered_on) > '2026-01-01'"),
        ("{{ Dimension('order__ordered_on').grain('week') }} = '2026-01-05'",
         "DATE_TRUNC('WEEK', ordered_on) = '2026-01-05'"),
        ("{{ TimeDimension('metric_time', 'day') }} >= '2026-01-01'", "ordered_on >= '2026-01-01'"),
        ("{{ Dimension('order__committed_on__year') }} = '2026-01-01'",
         "DATE_TRUNC('YEAR', committed_on) = '2026-01-01'"),
        ("{{ Entity('employee') }} is not null", "NOT employee_id IS NULL"),
    ],
)  # fmt: skip
def test_references_become_columns(orders: SemanticModel, written: str, sql: str) -> None:
    assert filter_sql([written], orders.spec, "ordered_on") == sql


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{{ Dimension('order__severity') }} = 1", "no dimension `severity`; it has: "),
        ("{{ Dimension('account__status') }} = 1", "written `order__<dimension>`"),
        ("{{ Dimension('status') }} = 1", "written `order__<dimension>`"),
        ("{{ Entity('account') }} = 1", "the entity `account`"),
        ("{{ Metric('revenue', ['order']) }} > 10", "not `Metric`"),
        ("{{ Dimension(order__status) }} = 1", "cannot be read"),
        ("{{ Dimension('order__ordered_on').grain('fortnight') }} = 1", "cannot be read"),
        ("{{ Dimension('order__status') }} = (", "cannot be read as SQL"),
    ],
)
def test_what_leads_nowhere_is_said(orders: SemanticModel, written: str, words: str) -> None:
    with pytest.raises(DefinitionError, match=words.replace("(", r"\(")) as error:
        filter_sql([written], orders.spec, "ordered_on")
    assert error.value.message_zh


def test_conditions_are_one_set() -> None:
    left = conjunction(["b = 1 and (a or c)", "a2 = true"])
    right = conjunction(["(A2)", "(c OR a)", "b = 1", "b=1"])
    assert left == right == "(a OR c) AND a2 AND b = 1"
    assert conjunction([]) is None


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("(a + b) * c", "(A+B)*C"),
        ("case when (x) then 1 end", "CASE WHEN x THEN 1 END"),
        ("x = false", "not x"),
    ],
)
def test_only_the_meaning_counts(text: str, same: str) -> None:
    assert canonical(text) == canonical(same)


@pytest.mark.parametrize(
    ("text", "other"), [("a - b", "b - a"), ("(a + b) * c", "a + b * c"), ("'A'", "'a'")]
)
def test_different_meanings_stay_different(text: str, other: str) -> None:
    assert canonical(text) != canonical(other)
