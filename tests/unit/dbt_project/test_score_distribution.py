"""Of how few people nothing is told, not even to somebody who subtracts one group from another."""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import VARIABLES, model

FEWEST = VARIABLES["score_min_people"]
TABLES = """
create schema library;
create table library.run_context as select date '2026-06-30' as as_of;
create table mart_scorecard (
    subject_type varchar, subject_id varchar, period_grain varchar, period_start date, period_end date,
    score decimal(9, 4), state varchar
);
create table int_hr__employment (employee_id varchar, started_on date, ended_on date);
create table int_hr__employee_assignment (
    employee_id varchar, org_unit_id varchar, valid_from date, valid_to date
);
create table int_hr__org_closure (
    descendant_id varchar, ancestor_id varchar, ancestor_type varchar, distance integer, valid_from date,
    valid_to date
);
create table int_hr__reporting_line (
    employee_id varchar, manager_id varchar, distance integer, valid_from date, valid_to date
);
create table int_hr__company_root as select 'C' as org_unit_id;
"""
ALWAYS = "date '1900-01-01', date '9999-12-31'"
TYPES = ("company", "division", "department", "team")


@dataclass(frozen=True)
class Tree:
    """Units below the company C, each with the unit above it, and how many people each has of its own."""

    above: dict[str, str | None]
    own: dict[str, int]

    def chain(self, unit: str | None) -> list[str]:
        found = []
        while unit is not None:
            found.append(unit)
            unit = self.above[unit]
        return found

    @property
    def people(self) -> dict[str, str]:
        """Person → unit. The first of each unit is its head."""
        return {f"{unit}-{n}": unit for unit, size in self.own.items() for n in range(size)}

    @property
    def members(self) -> dict[str, frozenset[str]]:
        """Unit → everybody in it or below it."""
        return {
            unit: frozenset(one for one, place in self.people.items() if unit in self.chain(place))
            for unit in self.above
        }

    @property
    def lines(self) -> dict[str, frozenset[str]]:
        """Head → who reports to that head: the others of the unit, and the heads right below."""
        return {
            f"{unit}-0": frozenset(
                one
                for one, place in self.people.items()
                if (place == unit and one != f"{unit}-0")
                or (self.above[place] == unit and one == f"{place}-0")
            )
            for unit, size in self.own.items()
            if size
        }


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        for name in ("scored_person", "scored_unit", "scored_line"):
            connection.execute(
                f"create view int_strategy__{name} as {model(f'scorecards/int_strategy__{name}')}"
            )
        connection.execute(
            f"create view mart_score_distribution as {model('scorecards/mart_score_distribution')}"
        )
        yield connection


def told(warehouse: duckdb.DuckDBPyConnection, tree: Tree, *, lines: bool = False) -> dict[str, bool]:
    """Group → whether its scores are told."""
    run = warehouse.execute
    for table in (
        "mart_scorecard", "int_hr__employment", "int_hr__employee_assignment", "int_hr__org_closure",
        "int_hr__reporting_line",
    ):  # fmt: skip
        run(f"delete from {table}")
    closure = [
        (unit, above, TYPES[min(len(tree.chain(above)), len(TYPES)) - 1], distance)
        for unit in tree.above
        for distance, above in enumerate(tree.chain(unit))
    ]
    values = ", ".join(f"('{d}', '{a}', '{kind}', {distance}, {ALWAYS})" for d, a, kind, distance in closure)
    run(f"insert into int_hr__org_closure values {values}")
    if not tree.people:
        return {}
    run(
        "insert into mart_scorecard values "
        + ", ".join(
            f"('employee', '{one}', 'quarter', date '2026-04-01', date '2026-06-30', {80 + n % 7}, 'ok')"
            for n, one in enumerate(tree.people)
        )
    )
    run("insert into int_hr__employment values " + ", ".join(f"('{one}', {ALWAYS})" for one in tree.people))
    run(
        "insert into int_hr__employee_assignment values "
        + ", ".join(f"('{one}', '{unit}', {ALWAYS})" for one, unit in tree.people.items())
    )
    reports = [(one, head) for head, line in tree.lines.items() for one in line] if lines else []
    if reports:
        run(
            "insert into int_hr__reporting_line values "
            + ", ".join(f"('{one}', '{head}', 1, {ALWAYS})" for one, head in reports)
        )
    rows = run("select group_id, n, state, mean_score from mart_score_distribution").fetchall()
    sizes = {**tree.members, **(tree.lines if lines else {})}
    assert {group: n for group, n, *_ in rows} == {group: len(who) for group, who in sizes.items() if who}
    assert all((state == "suppressed") == (mean is None) for _, _, state, mean in rows)
    return {group: mean is not None for group, _, _, mean in rows}


def test_the_smallest_sibling_of_a_small_team_is_not_told(warehouse):
    tree = Tree({"C": None, "A": "C", "B": "C", "D": "C"}, {"C": 0, "A": 3, "B": 8, "D": 6})
    assert told(warehouse, tree) == {"C": True, "A": False, "B": True, "D": False}


def test_few_who_belong_to_the_unit_alone_are_not_told_either(warehouse):
    tree = Tree({"C": None, "A": "C", "B": "C"}, {"C": 1, "A": 9, "B": 6})
    assert told(warehouse, tree) == {"C": True, "A": True, "B": False}


def test_two_small_teams_hide_each_other(warehouse):
    tree = Tree({"C": None, "A": "C", "B": "C", "D": "C"}, {"C": 0, "A": 3, "B": 2, "D": 9})
    assert told(warehouse, tree) == {"C": True, "A": False, "B": False, "D": True}


def test_parts_that_would_add_up_to_the_withheld_sibling_are_fewer_by_one(warehouse):
    above = {"C": None, "A": "C", "B": "C", "B1": "B", "B2": "B", "D": "C"}
    tree = Tree(above, {"C": 0, "A": 3, "B": 0, "B1": 5, "B2": 6, "D": 20})
    assert told(warehouse, tree) == {
        "C": True, "A": False, "B": False, "B1": False, "B2": True, "D": True
    }  # fmt: skip


def test_a_line_that_is_a_unit_without_its_head_is_not_told(warehouse):
    tree = Tree({"C": None, "A": "C", "B": "C"}, {"C": 0, "A": 9, "B": 9})
    assert told(warehouse, tree, lines=True) == {"C": True, "A": True, "B": True, "A-0": False, "B-0": False}


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Companies of any shape, with units of any size."""
    above: dict[str, str | None] = {"C": None}
    for number in range(draw(st.integers(0, 9))):
        above[f"U{number}"] = draw(st.sampled_from(sorted(above)))
    return Tree(above, {unit: draw(st.integers(0, 9)) for unit in above})


@settings(max_examples=150, deadline=None)
@given(trees())
def test_no_subtraction_of_units_tells_of_few(warehouse, tree):
    """What can be found is a unit that is told without those that are told below it: nobody, or enough."""
    is_told, members = told(warehouse, tree), tree.members
    assert is_told.get("C", False) == (len(members["C"]) >= FEWEST)
    for unit in (one for one, known in is_told.items() if known):
        left = members[unit]
        for below in (one for one, known in is_told.items() if known and one != unit):
            left -= members[below] if unit in tree.chain(below) else frozenset()
        assert not 0 < len(left) < FEWEST, (unit, left)


@settings(max_examples=100, deadline=None)
@given(trees())
def test_no_subtraction_of_a_line_and_a_unit_tells_of_few(warehouse, tree):
    is_told = told(warehouse, tree, lines=True)
    for head, line in tree.lines.items():
        for unit, members in tree.members.items():
            if is_told.get(head) and is_told.get(unit) and (line < members or members < line):
                assert len(line ^ members) >= FEWEST, (head, unit)
