"""MetricFlow filters as SQL over the fact's columns."""

from dataclasses import replace

import pytest
from small_library import SmallLibrary

from metric_library.dimensions import Join, JoinedSql
from metric_library.expressions import canonical, conjunction
from metric_library.filters import filter_sql
from metric_library.library import SemanticModel
from metric_library.problems import DefinitionError
from metric_library.spec import SemanticModelSpec


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
    assert filter_sql([written], orders.spec, "ordered_on") == JoinedSql(sql)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{{ Dimension('order__severity') }} = 1", "no dimension `severity`; it has: "),
        ("{{ Dimension('product__status') }} = 1", "written `order__<dimension>`"),
        ("{{ Dimension('status') }} = 1", "written `order__<dimension>`"),
        ("{{ Entity('product') }} = 1", "the entity `product`"),
        ("{{ Entity('account__employee') }} = 1", "the entity `account__employee`"),
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


@pytest.fixture
def others(small: SmallLibrary) -> tuple[SemanticModelSpec, ...]:
    return small.load().semantic_specs


SEGMENT = Join(
    entity="account",
    semantic_model="accounts",
    model="dim_account",
    foreign_key="account_id",
    key="account_id",
    columns=(("account__account_segment", "segment"),),
)


def test_a_foreign_entity_leads_to_the_dimensions_of_its_model(orders: SemanticModel, others) -> None:
    segment = "{{ Dimension('account__account_segment') }} = 'large'"
    created = "{{ TimeDimension('account__account_created_on', 'month') }} > '2026'"
    found = filter_sql([segment, created, segment], orders.spec, "ordered_on", others)
    assert found.sql == (
        "DATE_TRUNC('MONTH', account__account_created_on) > '2026' AND account__account_segment = 'large'"
    )
    assert found.joins == (
        replace(SEGMENT, columns=(("account__account_created_on", "created_on"), *SEGMENT.columns)),
    )


def test_a_dated_model_is_joined_within_its_validity(orders: SemanticModel, others) -> None:
    [join] = filter_sql(
        ["{{ Dimension('employee__employment_type') }} = 'intern'"], orders.spec, "ordered_on", others
    ).joins
    assert (join.model, join.valid_from, join.valid_to) == ("dim_employee", "valid_from", "valid_to")


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("account__sector", "`accounts` has no dimension `sector`; it has: account_created_on"),
        ("position__grade", "cannot be reached from `orders`"),
        ("employee__account__account_segment", "cannot be reached"),
        ("account", "joined ones begin with `account__`, `employee__`"),
    ],
)
def test_a_join_that_leads_nowhere_is_said(orders: SemanticModel, others, reference: str, words: str) -> None:
    with pytest.raises(DefinitionError, match=words) as error:
        filter_sql([f"{{{{ Dimension('{reference}') }}}} = 1"], orders.spec, "ordered_on", others)
    assert error.value.message_zh


def test_a_name_that_two_models_have_is_not_guessed(small: SmallLibrary, orders: SemanticModel) -> None:
    text = small.path("dim_account.yml").read_text(encoding="utf-8")
    small.write("models/semantic/dim_customer.yml", text.replace("name: accounts", "name: customers"))
    with pytest.raises(DefinitionError, match="may be that of `accounts`, `customers`"):
        filter_sql(
            ["{{ Dimension('account__account_segment') }} = 1"],
            orders.spec,
            "ordered_on",
            small.load().semantic_specs,
        )


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
