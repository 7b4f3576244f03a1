"""Attainment, zones and pace, by the very SQL that the warehouse runs: golden figures, and what must "
"always hold."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import rendered

LEVELS = ("baseline", "commit", "target", "stretch", "lower_bound", "upper_bound")
COLUMNS = {
    "attainment": "{{ bounded_share(attainment('value')) }}",
    "problem": "{{ target_problem() }}",
    "zone": "{{ zone('value', 'share') }}",
    "pace": "{{ bounded_share(pace('value', 'target * share')) }}",
    "distance": "{{ distance('value') }}",
}


class Judge:
    """The macros over rows of values and levels, all of one kind of target."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        columns = ", ".join(f"{text} as {name}" for name, text in COLUMNS.items())
        levels = ", ".join(f"cast(${n} as decimal(24, 6)) as {n}" for n in LEVELS)
        self.query = rendered(
            f"select {columns} from (select unnest(cast($values as decimal(38, 10)[])) as value, {levels}, "
            "$kind as kind, $direction as direction, cast($share as double) as share)"
        )

    def rows(
        self, values: list[Decimal], kind: str, direction: str = "up", share: float = 1, **levels: object
    ) -> list[dict]:
        """What the macros say of each value."""
        given_levels = {name: levels.get(name) for name in LEVELS}
        self.connection.execute(
            self.query,
            {"values": values, "kind": kind, "direction": direction, "share": share, **given_levels},
        )
        return [dict(zip(COLUMNS, row, strict=True)) for row in self.connection.fetchall()]

    def one(self, value: object, kind: str, **settings: object) -> dict:
        """What they say of one value."""
        return self.rows([Decimal(str(value))], kind, **settings)[0]


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    found = Judge()
    yield found
    found.connection.close()


@pytest.mark.parametrize(
    ("value", "kind", "levels", "attainment"),
    [
        (7, "at_most", {"baseline": 10, "target": 6}, "0.75"),  # lower is better
        (80, "at_least", {"target": 100}, "0.8"),
        (60, "at_least", {"baseline": 50, "target": 100}, "0.2"),
        (40, "at_least", {"baseline": 50, "target": 100}, "-0.2"),  # worse than where it started
        (125, "at_least", {"baseline": 50, "target": 100}, "1.5"),  # not capped
        (-2, "at_least", {"baseline": -10, "target": 0}, "0.8"),  # a loss that is to end
        (8, "at_most", {"target": 6}, "0.75"),
        (0, "at_most", {"target": 6}, "10"),  # nothing counts as a tenth of the limit
        (5, "within", {"target": 5, "lower_bound": 4, "upper_bound": 6}, "1"),
        (7, "within", {"target": 5, "lower_bound": 4, "upper_bound": 6}, "0.5"),
        (3, "within", {"target": 5, "lower_bound": 4, "upper_bound": 6}, "0.5"),
        (7, "within", {"baseline": 10, "target": 5, "lower_bound": 4, "upper_bound": 6}, "0.75"),
        (5, "maintain", {"target": 5}, "1"),
        (4.9, "maintain", {"target": 5}, "0"),
    ],
)
def test_attainment_by_hand(
    judge: Judge, value: float, kind: str, levels: dict[str, int], attainment: str
) -> None:
    assert judge.one(value, kind, **levels)["attainment"] == Decimal(attainment)


def test_what_is_maintained_downward(judge: Judge) -> None:
    assert judge.one(4, "maintain", target=5, direction="down")["attainment"] == 1
    assert judge.one(6, "maintain", target=5, direction="down")["attainment"] == 0


@pytest.mark.parametrize(
    ("kind", "levels", "problem"),
    [
        ("at_least", {"baseline": 5, "target": 5}, "baseline_is_target"),
        ("at_least", {"baseline": 6, "target": 5}, "wrong_side_of_baseline"),
        ("at_most", {"baseline": 4, "target": 5}, "wrong_side_of_baseline"),
        ("at_least", {"target": 0}, "target_not_positive"),
        ("at_most", {"target": -1}, "target_not_positive"),
        ("within", {"target": 5, "lower_bound": 4}, "band_without_bounds"),
        ("within", {"target": 5, "lower_bound": 6, "upper_bound": 4}, "empty_band"),
        ("at_least", {"baseline": -5, "target": 0}, None),
        ("at_most", {"baseline": 5, "target": 0}, None),
        ("maintain", {"baseline": 5, "target": 5}, None),
        ("within", {"target": 5, "lower_bound": 4, "upper_bound": 6}, None),
    ],
)
def test_what_cannot_be_measured(
    judge: Judge, kind: str, levels: dict[str, int], problem: str | None
) -> None:
    assert judge.one(1, kind, **levels)["problem"] == problem


@pytest.mark.parametrize(
    ("value", "zone"),
    [
        (0, "fail"),
        (29.9, "fail"),
        (30, "commit"),
        (69.9, "commit"),
        (70, "target"),
        (99.9, "target"),
        (100, "stretch"),
    ],
)
def test_zones_of_the_way_from_baseline_to_stretch(judge: Judge, value: float, zone: str) -> None:
    """Commit at 30 %, target at 70 % of the way; the same upside down for a limit."""
    up = {"baseline": 0, "commit": 30, "target": 70, "stretch": 100}
    down = {name: 200 - level for name, level in up.items()}
    assert judge.one(value, "at_least", **up)["zone"] == zone
    assert judge.one(Decimal(200) - Decimal(str(value)), "at_most", **down)["zone"] == zone


def test_zone_of_half_a_year_is_that_of_half_the_levels(judge: Judge) -> None:
    levels = {"baseline": 0, "commit": 30, "target": 70, "stretch": 100}
    assert judge.one(36, "at_least", share=0.5, **levels)["zone"] == "target"
    assert judge.one(36, "at_least", share=0.5, **levels)["pace"] == Decimal("1.028571")


def test_pace_below_a_limit(judge: Judge) -> None:
    """Three leavers of ten that may leave, at half-time: five would be in time."""
    assert judge.one(3, "at_most", target=10, share=0.5)["pace"] == Decimal("1.666667")
    assert judge.one(0, "at_most", target=10, share=0.5)["pace"] == Decimal(10)


@pytest.mark.parametrize(("value", "distance"), [(3, -1), (5, 0), (8, 2)])
def test_distance_from_a_band(judge: Judge, value: int, distance: int) -> None:
    assert judge.one(value, "within", target=5, lower_bound=4, upper_bound=6)["distance"] == distance


def test_without_a_level_there_is_no_way(judge: Judge) -> None:
    assert judge.one(5, "at_least", baseline=5, target=5)["attainment"] is None


numbers = st.decimals(-1_000_000, 1_000_000, places=4)
positive = st.decimals("0.001", 1_000_000, places=4)
spans = st.decimals("0.01", 1_000_000, places=4)


@st.composite
def sound_targets(draw: st.DrawFn) -> tuple[str, dict[str, Decimal]]:
    """A target of any kind that can be measured against."""
    kind = draw(st.sampled_from(["at_least", "at_most", "within", "maintain"]))
    target, span = draw(numbers), draw(spans)
    if kind in ("at_least", "at_most") and draw(st.booleans()):
        return kind, {"target": draw(positive)}
    side = {"at_least": -1, "at_most": 1}.get(kind, draw(st.sampled_from([-1, 1])))
    levels = {"target": target, "baseline": target + side * span}
    if kind == "within":
        levels |= {"lower_bound": target - span / 2, "upper_bound": target + span / 3}
    return kind, levels


@settings(max_examples=150, deadline=None)
@given(sound_targets(), st.lists(numbers, min_size=2, max_size=12))
def test_a_better_value_is_never_less_attained(
    judge: Judge, sound: tuple[str, dict[str, Decimal]], values: list[Decimal]
) -> None:
    """Kind by kind: more is better, less is better, nearer to the band is better."""
    kind, levels = sound
    found = judge.rows(values, kind, **levels)
    assert {row["problem"] for row in found} == {None}

    def goodness(value: Decimal) -> Decimal:
        if kind == "within":
            return -max(levels["lower_bound"] - value, value - levels["upper_bound"], Decimal(0))
        return -value if kind == "at_most" else value

    ranked = sorted(
        (goodness(value), row["attainment"])
        for value, row in zip(values, found, strict=True)
        if row["attainment"] is not None
    )
    shares = [share for _, share in ranked]
    assert shares == sorted(shares)


@settings(max_examples=100, deadline=None)
@given(sound_targets())
def test_the_target_itself_is_attained(judge: Judge, sound: tuple[str, dict[str, Decimal]]) -> None:
    kind, levels = sound
    row = judge.one(levels["target"], kind, **levels)
    assert row["attainment"] == 1
    assert row["zone"] in ("target", "stretch")
