"""The arithmetic of contributions: the parts' effects are exact, whatever the parts are."""

from decimal import Decimal
from fractions import Fraction

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publishing.explanation import AMOUNTS, effects_sql

DIGIT = Decimal("1e-10")
PARTS = (
    "CREATE TABLE parts (whole INTEGER, part_id VARCHAR, method VARCHAR, change DECIMAL(38, 10), "
    + ", ".join(f"{name} DECIMAL(38, 10), whole_{name} DECIMAL(38, 10)" for name in AMOUNTS)
    + ")"
)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        connection.execute(PARTS)
        yield connection


def value(numerator, denominator):
    """A figure as it is published: ten decimals."""
    return round(Decimal(numerator) / Decimal(denominator), 10)


def effects(connection, method, parts, denominators=None):
    """Effect, rate effect and mix effect of each part (base numerator, base denominator, numerator,
    denominator), and the whole's change.
    """
    whole = [sum(column) for column in zip(*parts, strict=True)]
    if denominators:
        whole[1], whole[3] = denominators
    base, now = (
        (whole[0], whole[2]) if method == "sum" else (value(whole[0], whole[1]), value(whole[2], whole[3]))
    )
    change = Decimal(now) - Decimal(base)
    connection.execute("DELETE FROM parts")
    for number, part in enumerate(parts):
        amounts = [amount for pair in zip(part, whole, strict=True) for amount in pair]
        connection.execute(
            f"INSERT INTO parts VALUES (1, ?, ?, ?{', ?' * 8})", [f"{number:03}", method, change, *amounts]
        )
    query = effects_sql("parts", ("whole",), ("part_id",))
    rows = connection.execute(
        f"SELECT effect, rate_effect, mix_effect FROM ({query}) ORDER BY part_id"
    ).fetchall()
    return rows, change


def exact(part, parts):
    """Effect and rate effect of a part of a ratio, in fractions."""
    n0, d0, n1, d1 = (Fraction(amount) for amount in part)
    whole = [Fraction(sum(column)) for column in zip(*parts, strict=True)]
    ratio = (whole[0] / whole[1] + whole[2] / whole[3]) / 2
    weight = (whole[1] + whole[3]) / 2
    rate = (d0 + d1) / 2 * (n1 / d1 - n0 / d0) / weight if d0 and d1 else Fraction(0)
    return ((n1 - n0) - ratio * (d1 - d0)) / weight, rate


def amount(least, greatest, places):
    return st.decimals(least, greatest, places=places, allow_nan=False, allow_infinity=False)


weights = st.one_of(st.just(Decimal(0)), amount(1, 10**6, 2))
counts = amount(0, 10**6, 4)
ratio_parts = st.lists(st.tuples(counts, weights, counts, weights), min_size=1, max_size=12)
money = amount(-(10**9), 10**9, 4)


def test_a_team_that_resolves_more_and_one_that_grows(connection):
    """The worked number of the decision log: 19 of 110 become 65 of 170."""
    rows, change = effects(connection, "ratio", [(9, 10, 45, 50), (10, 100, 20, 120)])
    shown = [tuple(round(one, 4) for one in row) for row in rows]
    assert round(change, 4) == Decimal("0.2096")
    assert shown == [
        (Decimal("0.1778"), Decimal("0.0000"), Decimal("0.1778")),
        (Decimal("0.0318"), Decimal("0.0524"), Decimal("-0.0206")),
    ]
    assert sum(row[0] for row in rows) == change


@settings(max_examples=150, deadline=None)
@given(parts=ratio_parts)
def test_effects_of_a_ratio_sum_to_its_change_and_each_is_right(connection, parts):
    if not all(sum(part[side] for part in parts) for side in (1, 3)):
        return
    rows, change = effects(connection, "ratio", parts)
    assert sum(effect for effect, _, _ in rows) == change
    for part, (effect, rate, mix) in zip(parts, rows, strict=True):
        assert effect == rate + mix
        expected, expected_rate = exact(part, parts)
        size = 1 + max(abs(expected), abs(expected_rate))
        assert abs(Fraction(effect) - expected) <= Fraction(1, 10**8) * size
        assert abs(Fraction(rate) - expected_rate) <= Fraction(1, 10**8) * size
        if not part[1] or not part[3]:
            assert rate == 0, "a part that is new or gone has no rate to change"


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(st.tuples(money, money), min_size=1, max_size=12))
def test_effects_of_a_sum_are_the_changes_of_the_parts(connection, parts):
    rows, change = effects(connection, "sum", [(before, 0, after, 0) for before, after in parts])
    assert [effect for effect, _, _ in rows] == [after - before for before, after in parts]
    assert sum(effect for effect, _, _ in rows) == change
    assert {(rate, mix) for _, rate, mix in rows} == {(None, None)}


@settings(max_examples=60, deadline=None)
@given(
    parts=st.lists(st.tuples(amount(0, 10**5, 1), amount(0, 10**5, 1)), min_size=1, max_size=12),
    days=st.tuples(st.integers(28, 31), st.integers(28, 31)),
)
def test_daily_means_of_parts_sum_to_the_mean_of_the_whole(connection, parts, days):
    rows, change = effects(connection, "shared", [(b, 0, a, 0) for b, a in parts], denominators=days)
    assert sum(effect for effect, _, _ in rows) == change
    for (before, after), (effect, _, _) in zip(parts, rows, strict=True):
        assert abs(effect - (after / days[1] - before / days[0])) <= 2 * DIGIT


@settings(max_examples=60, deadline=None)
@given(
    above=st.lists(st.tuples(money, money), min_size=1, max_size=4),
    below=st.lists(st.tuples(amount(1, 10**8, 2), amount(1, 10**8, 2)), min_size=1, max_size=4),
)
def test_effects_of_the_terms_of_a_formula_sum_to_its_change(connection, above, below):
    parts = [(b, 0, a, 0) for b, a in above] + [(0, b, 0, a) for b, a in below]
    rows, change = effects(connection, "term", parts)
    assert sum(effect for effect, _, _ in rows) == change
    for part, (effect, _, _) in zip(parts, rows, strict=True):
        expected, _ = exact(part, parts)
        assert abs(Fraction(effect) - expected) <= Fraction(1, 10**8) * (1 + abs(expected))


def test_what_rounding_leaves_goes_to_the_largest_remainder(connection):
    """Thirds of a unit: the change is 1, of which each part made a third."""
    rows, change = effects(connection, "shared", [(0, 0, 1, 0)] * 3, denominators=(3, 3))
    assert change == 1
    assert [effect for effect, _, _ in rows] == [Decimal("0.3333333334"), *[Decimal("0.3333333333")] * 2]
