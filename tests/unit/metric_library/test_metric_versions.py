"""Fingerprints move with the meaning, wording hashes with the words, versions with both."""

import pytest
from small_library import SmallLibrary

from metric_library.fingerprint import fingerprint, upstream_hash, wording_hash
from metric_library.versions import Version, next_version, next_versions


def hashes(small: SmallLibrary, name: str) -> tuple[str, str]:
    library = small.load()
    assert not library.problems
    return fingerprint(library, name), wording_hash(library, name)


MAJOR = [
    ("revenue.yml", "<> 'cancelled'", "<> 'lost'", "revenue"),
    ("revenue.yml", "unit: {kind: currency}", "unit: {kind: currency, code: EUR}", "revenue"),
    ("revenue.yml", "population: All orders.", "population: Orders of companies.", "revenue"),
    ("revenue.yml", "grains: [month, year]", "grains: [quarter, year]", "revenue"),
    ("cancellation_rate.yml", "zero_denominator: no_data", "zero_denominator: zero", "cancellation_rate"),
    ("kept_rate.yml", "1 - rate", "1 - rate * 2", "kept_rate"),
    # of an input, a measure, a date, however deep
    ("cancellation_rate.yml", "numerator: orders_cancelled", "numerator: hold_hours", "kept_rate"),
    ("fct_order.yml", "expr: amount", "expr: amount * 1.06", "revenue_per_fte"),
    (
        "fct_order.yml",
        "agg_time_dimension: ordered_on",
        "agg_time_dimension: committed_on",
        "revenue_per_fte",
    ),
    ("fct_workforce.yml", "window_choice: max", "window_choice: min", "closing_fte"),
]
MINOR = [
    ("label: Revenue", "label: Net revenue"),
    ("name_zh: 销售额\n", "name_zh: 净销售额\n"),
    ("owner: position:P-OWNER", "owner: position:P-OTHER"),
    ("direction: up", "direction: maintain"),
    ("levels: [company, department, employee]", "levels: [company]"),
]
NOTHING = [
    ("levels: [company, department, employee]", "levels: [employee, company, department]"),
    ("type: simple\n    type_params:\n      measure: order_amount\n",
     "type_params: {measure: {name: order_amount}}\n    type: simple\n"),
    ("{{ Dimension('order__status') }} <> 'cancelled'", "{{Dimension('order__status')}}  <>  'cancelled'"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "metric"), MAJOR)
def test_what_breaks_comparability_moves_the_fingerprint(
    small: SmallLibrary, file: str, old: str, new: str, metric: str
) -> None:
    before = hashes(small, metric)
    small.edit(file, old, new)
    assert hashes(small, metric)[0] != before[0]


@pytest.mark.parametrize(("old", "new"), MINOR)
def test_words_move_the_wording_alone(small: SmallLibrary, old: str, new: str) -> None:
    before = hashes(small, "revenue")
    small.edit("revenue.yml", old, new)
    after = hashes(small, "revenue")
    assert after[0] == before[0]
    assert after[1] != before[1]


@pytest.mark.parametrize(("old", "new"), NOTHING)
def test_layout_moves_nothing(small: SmallLibrary, old: str, new: str) -> None:
    before = hashes(small, "revenue")
    small.edit("revenue.yml", old, new)
    assert hashes(small, "revenue") == before


def test_swapped_numerator_and_denominator_of_a_direct_formula(small: SmallLibrary) -> None:
    text = "    type: derived\n    type_params:\n      expr: a * b / c\n      metrics:\n"
    names = "        - {name: revenue, alias: a}\n        - {name: orders_received, alias: b}\n"
    small.add("odd", f"{text}{names}        - {{name: orders_cancelled, alias: c}}\n")
    before = hashes(small, "odd")
    small.edit("odd.yml", "a * b / c", "a * c / b")
    assert hashes(small, "odd")[0] != before[0]
    small.edit("odd.yml", "a * c / b", "x * c / b")
    small.edit("odd.yml", "alias: a}", "alias: x}")
    small.edit("odd.yml", "x * c / b", "x * b / c")
    assert hashes(small, "odd")[0] == before[0], "the name of an input is not its content"


def test_sql_upstream_has_its_own_hash(small: SmallLibrary) -> None:
    before, sql = hashes(small, "revenue"), upstream_hash(small.load(), "revenue")
    small.edit("fct_order.sql", "coalesce(o.customer_hold_hours, 0)", "o.customer_hold_hours")
    assert hashes(small, "revenue") == before
    assert upstream_hash(small.load(), "revenue") != sql


def test_versions_count_from_the_last_manifest(small: SmallLibrary) -> None:
    first = next_versions(small.load(), {})
    assert {version.version for version in first.values()} == {"1.0"}
    manifest = {name: vars(version) for name, version in first.items()}
    small.edit("revenue.yml", "label: Revenue", "label: Net revenue")
    small.edit("kept_rate.yml", "1 - rate", "1 - 2 * rate")
    second = next_versions(small.load(), manifest)
    assert {name: v.version for name, v in second.items() if v.change != "none"} == {
        "revenue": "1.1",
        "kept_rate": "2.0",
    }


@pytest.mark.parametrize(
    ("previous", "expected"),
    [
        (None, Version("1.0", "f", "w", "first")),
        ({"version": "3.4", "fingerprint": "f", "wording_hash": "w"}, Version("3.4", "f", "w", "none")),
        ({"version": "3.4", "fingerprint": "f", "wording_hash": "x"}, Version("3.5", "f", "w", "minor")),
        ({"version": "3.9", "fingerprint": "g", "wording_hash": "x"}, Version("4.0", "f", "w", "major")),
    ],
)
def test_next_version(previous: dict[str, str] | None, expected: Version) -> None:
    assert next_version("f", "w", previous) == expected
