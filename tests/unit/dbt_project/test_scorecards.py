"""Scores as they are made of attainments: golden figures, and what must hold whatever the attainments are."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rendering import model

ROLES = ("core", "bonus", "gate")
CAP, CEILING, BONUS_CAP = Decimal("1.2"), 60, 10
Q1 = (date(2026, 1, 1), date(2026, 3, 31))
EMPLOYEE = {"subject_type": "employee", "subject_id": "E1", "period_grain": "quarter"}

COLUMNS = {
    "subject_type": "varchar", "subject_id": "varchar", "period_grain": "varchar", "period_start": "date",
    "period_end": "date", "metric_id": "varchar", "scope_org_unit_id": "varchar", "score_role": "varchar",
    "weight_days": "decimal(38, 8)", "points_at_most": "decimal(14, 8)", "measured_subject_type": "varchar",
    "measured_subject_id": "varchar", "target_id": "varchar", "kind": "varchar", "gate": "decimal(24, 6)",
    "target": "decimal(24, 6)", "lower_bound": "decimal(24, 6)", "upper_bound": "decimal(24, 6)",
    "value": "decimal(38, 10)", "attainment": "decimal(18, 6)", "expected_by_now": "decimal(24, 6)",
    "pace": "decimal(18, 6)", "state": "varchar",
}  # fmt: skip
TABLES = f"""
create table dim_metric (metric_id varchar, label varchar, name_zh varchar, direction varchar);
insert into dim_metric
values ('revenue', 'Revenue', '销售额', 'up'), ('reopen', 'Reopen rate', '重开率', 'down');
create table stg_library__manual_reviews (employee_id varchar, valid_from date, valid_to date);
create table int_strategy__score_item ({", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())});
"""

Row = dict[str, Any]


def item(metric: str = "revenue", role: str = "core", weight: object = None, **given_values: Any) -> Row:
    """An item of the first quarter, measured by its own target of 100."""
    points = weight if role == "bonus" else None
    days = None if weight is None or role == "bonus" else Decimal(str(weight)) * 90
    return {
        **EMPLOYEE, "period_start": Q1[0], "period_end": Q1[1], "metric_id": metric, "scope_org_unit_id": "U",
        "score_role": role, "weight_days": days, "points_at_most": points, "target_id": f"T-{metric}",
        "kind": "at_least", "target": 100, "state": "ok", **given_values,
    }  # fmt: skip


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        for name in ("mart_scorecard_item", "mart_scorecard"):
            connection.execute(f"create view {name} as {model(f'scorecards/{name}')}")
        yield connection


def scored_all(warehouse: duckdb.DuckDBPyConnection, cards: list[list[Row]]) -> list[tuple[Row, list[Row]]]:
    """The scorecard of each subject, and its items in the order given."""
    subjects = [f"E{number}" for number in range(1, len(cards) + 1)]
    given_rows = [
        {**row, "subject_id": subject}
        for subject, items in zip(subjects, cards, strict=True)
        for row in items
    ]
    places = f"({', '.join('?' * len(COLUMNS))})"
    warehouse.execute("delete from int_strategy__score_item")
    warehouse.execute(
        f"insert into int_strategy__score_item values {', '.join([places] * len(given_rows))}",
        [row.get(column) for row in given_rows for column in COLUMNS],
    )
    found_cards = {row["subject_id"]: row for row in rows(warehouse, "from mart_scorecard")}
    found = {
        (row["subject_id"], row["metric_id"], row["score_role"]): row
        for row in rows(warehouse, "from mart_scorecard_item")
    }
    return [
        (found_cards[subject], [found[subject, row["metric_id"], row["score_role"]] for row in items])
        for subject, items in zip(subjects, cards, strict=True)
    ]


def scored(warehouse: duckdb.DuckDBPyConnection, items: list[Row]) -> tuple[Row, list[Row]]:
    """The scorecard of one subject, and its items in the order given."""
    [answer] = scored_all(warehouse, [items])
    return answer


def rows(warehouse: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    cursor = warehouse.execute(sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_core_items_are_weighed_capped_and_summed(warehouse):
    card, found = scored(
        warehouse,
        [
            item("revenue", weight=50, attainment=Decimal("1.5")),
            item("reopen", weight=30, attainment=Decimal("0.8")),
            item("margin", weight=20, attainment=Decimal("-0.4")),
        ],
    )
    # 50 × 1.2 + 30 × 0.8 + 20 × 0
    assert [row["points"] for row in found] == [60, 24, 0]
    assert (card["score"], card["core_points"], card["weight_counted"]) == (84, 84, 100)
    assert card["state"] == "ok"
    assert found[0]["text_en"] == "Revenue: 150.00 %, counted as 120.00 % × 50.00 % = 60.00 points"
    assert found[0]["text_zh"] == "销售额：150.00 %，按 120.00 % 计 × 50.00 % = 60.00 分"
    assert found[1]["text_en"] == "Reopen rate: 80.00 % × 30.00 % = 24.00 points"


@pytest.mark.parametrize(
    "state", ["no_data", "no_target", "suppressed", "invalid", "error", "not_computable"]
)
def test_what_has_no_data_is_left_out_with_its_weight_shown(warehouse, state):
    card, found = scored(
        warehouse,
        [item("revenue", weight=60, attainment=Decimal("0.9")), item("reopen", weight=40, state=state)],
    )
    # 0.9 of all that counts, not 0.9 × 60 + 0 × 40 = 54
    assert card["score"] == 90
    assert (card["weight_counted"], card["weight_without_data"]) == (60, 40)
    assert (found[0]["weight"], found[0]["weight_counted"]) == (60, 100)
    assert (found[1]["weight"], found[1]["weight_counted"], found[1]["points"]) == (40, None, None)
    assert found[1]["text_en"].endswith("its weight of 40.00 % is left out")
    assert "其权重 40.00 % 不计入" in found[1]["text_zh"]


def test_nothing_counted_is_no_score_and_not_zero(warehouse):
    card, _ = scored(
        warehouse,
        [item("revenue", weight=100, state="no_data"), item("ideas", "bonus", 5, attainment=Decimal(1))],
    )
    assert (card["score"], card["core_points"], card["state"]) == (None, None, "no_data")
    assert card["text_en"].startswith("No score")
    assert card["text_zh"].startswith("无得分")


def test_a_missed_gate_holds_the_score_down_and_no_bonus_lifts_it(warehouse):
    gate = item(
        "reopen", "gate", kind="at_most", gate=Decimal("0.1"), value=Decimal("0.12"), attainment=Decimal(0)
    )
    card, found = scored(
        warehouse,
        [
            item("revenue", weight=100, attainment=Decimal(1)),
            gate,
            item("ideas", "bonus", 5, attainment=Decimal(1)),
        ],
    )
    assert (card["score"], card["ceiling"], card["gates_missed"]) == (CEILING, CEILING, 1)
    assert card["bonus_points"] == 5
    assert found[1]["text_en"] == "Reopen rate: gate missed, 0.12 instead of ≤ 0.1"
    assert found[1]["text_zh"] == "重开率：门槛未达到，0.12，应 ≤ 0.1"
    assert card["text_en"] == (
        "60.00 points: core 100.00 on 100.00 % of the weight; "
        "gates missed: 1, so no more than 60 and no bonus"
    )


@pytest.mark.parametrize(
    ("given_values", "passed"),
    [
        ({"kind": "at_least", "gate": 5, "value": 5}, True),
        ({"kind": "at_least", "gate": 5, "value": Decimal("4.99")}, False),
        ({"kind": "at_most", "gate": 5, "value": 5}, True),
        ({"kind": "at_most", "gate": 5, "value": 6}, False),
        ({"kind": "within", "lower_bound": 1, "upper_bound": 3, "value": 2}, True),
        ({"kind": "within", "lower_bound": 1, "upper_bound": 3, "value": 4}, False),
        ({"kind": "maintain", "gate": 5, "value": 6}, False),  # reopen rate is better low
        ({"kind": "at_least", "gate": None, "value": 5}, None),
        ({"kind": "at_least", "gate": 5, "value": None, "state": "no_data"}, None),
        ({"kind": "at_least", "gate": 5, "value": 1, "state": "not_due"}, None),
    ],
)
def test_gates_hold_by_the_kind_of_their_target(warehouse, given_values, passed):
    card, found = scored(
        warehouse,
        [item("revenue", weight=100, attainment=Decimal(1)), item("reopen", "gate", **given_values)],
    )
    assert found[1]["gate_passed"] is passed
    assert (card["gates"], card["gates_held"], card["gates_missed"]) == (1, passed is True, passed is False)
    assert card["score"] == (CEILING if passed is False else 100)


def test_bonus_is_capped_and_without_data_adds_nothing(warehouse):
    card, found = scored(
        warehouse,
        [
            item("revenue", weight=100, attainment=Decimal("0.7")),
            item("ideas", "bonus", 8, attainment=Decimal(2)),
            item("projects", "bonus", attainment=Decimal("0.9")),
            item("trials", "bonus", 8, state="no_data"),
        ],
    )
    assert [row["points"] for row in found] == [70, 8, Decimal("4.5"), None]
    assert (card["bonus_points"], card["score"]) == (BONUS_CAP, 80)


def test_what_still_gathers_is_scored_by_its_pace(warehouse):
    card, found = scored(
        warehouse,
        [
            item(
                weight=50,
                state="not_due",
                value=30,
                attainment=Decimal("-2"),
                expected_by_now=40,
                pace=Decimal("0.75"),
            ),
            item(
                "reopen",
                weight=50,
                state="not_due",
                attainment=Decimal(1),
                expected_by_now=100,
                pace=Decimal("0.5"),
            ),
        ],
    )
    assert [row["attainment_counted"] for row in found] == [Decimal("0.75"), 1]
    assert (card["score"], card["state"]) == (Decimal("87.5"), "provisional")
    assert "75.00 % of what is due" in found[0]["text_en"]


@pytest.mark.parametrize(
    ("first", "last", "flagged"),
    [
        (date(2026, 3, 31), None, True),
        (date(2026, 4, 1), None, False),
        (date(2025, 1, 1), date(2026, 1, 1), False),
        (date(2025, 1, 1), date(2026, 1, 2), True),
    ],
)
def test_key_people_are_flagged_for_talk_without_a_formula(warehouse, first, last, flagged):
    items = [item(weight=100, attainment=Decimal("0.8"))]
    warehouse.execute("insert into stg_library__manual_reviews values ('E1', ?, ?)", [first, last])
    card, _ = scored(warehouse, items)
    warehouse.execute("delete from stg_library__manual_reviews")
    assert (card["is_for_talk"], card["score"]) == (flagged, 80)


attainments = st.one_of(st.none(), st.decimals(-2, 4, places=4, allow_nan=False))
weights = st.lists(st.tuples(st.integers(5, 40), attainments), min_size=1, max_size=6)
bonuses = st.lists(st.tuples(st.integers(0, 10), attainments), max_size=3)
gate_values = st.lists(st.sampled_from([None, 4, 6]), max_size=2)  # beside a threshold of 5
cards = st.lists(st.tuples(weights, bonuses, gate_values), min_size=5, max_size=20)


def card_of(core: list, extra: list, gates: list) -> list[Row]:
    def state(figure: object) -> str:
        return "no_data" if figure is None else "ok"

    return [
        *(item(f"c{n}", weight=w, attainment=a, state=state(a)) for n, (w, a) in enumerate(core)),
        *(item(f"b{n}", "bonus", p, attainment=a, state=state(a)) for n, (p, a) in enumerate(extra)),
        *(item(f"g{n}", "gate", gate=5, value=v, attainment=v, state=state(v)) for n, v in enumerate(gates)),
    ]


@settings(max_examples=12, deadline=None)
@given(cards)
def test_the_score_lies_in_its_range_and_recomputes_from_its_items(warehouse, drawn):
    for card, found in scored_all(warehouse, [card_of(*parts) for parts in drawn]):
        points = {
            role: [r["points"] for r in found if r["score_role"] == role and r["is_counted"]]
            for role in ROLES
        }
        missed = any(row["gate_passed"] is False for row in found)
        if not points["core"]:
            assert (card["score"], card["core_points"]) == (None, None)
        elif missed:
            assert card["score"] == min(sum(points["core"]), CEILING)
        else:
            assert card["score"] == sum(points["core"]) + min(sum(points["bonus"]), BONUS_CAP)
            assert 0 <= card["score"] <= 100 * CAP + BONUS_CAP + Decimal("0.001")
        assert abs(sum(row["weight"] for row in found if row["score_role"] == "core") - 100) < Decimal(
            "0.0001"
        )
        assert card["weight_counted"] + card["weight_without_data"] == 100


@settings(max_examples=12, deadline=None)
@given(cards)
def test_no_bonus_lifts_a_missed_gate(warehouse, drawn):
    with_bonus = scored_all(warehouse, [card_of(core, extra, [4]) for core, extra, _ in drawn])
    without = scored_all(warehouse, [card_of(core, [], [4]) for core, _, _ in drawn])
    assert [card["score"] for card, _ in with_bonus] == [card["score"] for card, _ in without]


@settings(max_examples=12, deadline=None)
@given(cards, st.integers(0, 8), st.decimals(0, 3, places=3, allow_nan=False))
def test_a_better_attainment_never_lowers_the_score(warehouse, drawn, which, rise):
    def raised(core: list, extra: list, gates: list) -> list[Row]:
        items = [*core, *extra]
        figured = [n for n, (_, attainment) in enumerate(items) if attainment is not None]
        if figured:
            place = figured[which % len(figured)]
            items[place] = (items[place][0], items[place][1] + rise)
        return card_of(items[: len(core)], items[len(core) :], gates)

    before = scored_all(warehouse, [card_of(*parts) for parts in drawn])
    after = scored_all(warehouse, [raised(*parts) for parts in drawn])
    for (lower, _), (higher, _) in zip(before, after, strict=True):
        assert (lower["score"] is None) == (higher["score"] is None)
        assert lower["score"] is None or higher["score"] >= lower["score"]


@settings(max_examples=12, deadline=None)
@given(cards)
def test_leaving_out_what_has_no_data_is_rescaling_the_others(warehouse, drawn):
    def rescaled(core: list, extra: list, gates: list) -> list[Row]:
        known = [pair for pair in core if pair[1] is not None]
        total = sum(weight for weight, _ in known)
        return card_of([(Decimal(weight) * 100 / total, a) for weight, a in known], extra, gates)

    some_known = [parts for parts in drawn if any(attainment is not None for _, attainment in parts[0])]
    assume(some_known)
    whole = scored_all(warehouse, [card_of(*parts) for parts in some_known])
    alone = scored_all(warehouse, [rescaled(*parts) for parts in some_known])
    for (one, _), (other, _) in zip(whole, alone, strict=True):
        assert abs(one["score"] - other["score"]) < Decimal("0.002")
