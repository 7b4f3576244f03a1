"""Explanations over small published nights: random organisations that move, and what people carry in them."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publishing.explanation import NotDecomposableError, explain
from publishing.periods import parse_period
from publishing.reader import PublishedNight, UnknownNameError

MAY, JUNE = parse_period("2026-05"), parse_period("2026-06")
TYPES = ("company", "division", "department", "team")
MARTS = {
    "dim_metric": "metric_id VARCHAR, label VARCHAR, name_zh VARCHAR, unit VARCHAR, version VARCHAR, "
    "levels VARCHAR, min_n INTEGER",
    "metric_term": "metric_id VARCHAR, role VARCHAR, component_id VARCHAR, coefficient DECIMAL(18, 6), "
    "per VARCHAR, time_aggregation VARCHAR, attribution VARCHAR",
    "definition_finding": "rule_id VARCHAR, severity VARCHAR, file VARCHAR, line INTEGER, message VARCHAR, "
    "message_zh VARCHAR, object_id VARCHAR, waived_by VARCHAR",
    "metric_decomposition": "metric_id VARCHAR, way VARCHAR, is_decomposable BOOLEAN, method VARCHAR, "
    "reason VARCHAR, reason_zh VARCHAR",
    "dim_period": "period_grain VARCHAR, period_start DATE, period_end DATE, first_day_on DATE, "
    "last_day_on DATE, is_complete BOOLEAN",
    "dim_org_unit": "org_unit_id VARCHAR, parent_id VARCHAR, subject_type VARCHAR, name VARCHAR, "
    "name_zh VARCHAR, valid_from DATE, valid_to DATE, is_current BOOLEAN",
    "metric_component_daily": "component_id VARCHAR, metric_date DATE, employee_id VARCHAR, "
    "position_id VARCHAR, org_unit_id VARCHAR, amount DECIMAL(38, 10), n DECIMAL(38, 6)",
    "metric_value": "metric_id VARCHAR, subject_type VARCHAR, subject_id VARCHAR, period_grain VARCHAR, "
    "period_start DATE, period_end DATE, numerator DECIMAL(38, 10), denominator DECIMAL(38, 10), "
    "value DECIMAL(38, 10), n BIGINT, state VARCHAR",
}


class Company:
    """Units with their parent until and from 16 May, leaves of `won` and `closed`, and the rate of the two.
    The first unit is the company.
    """

    def __init__(self, parents, levels, leaves, min_n=0):
        self.parents = {f"U{number}": pair for number, pair in enumerate(parents)}
        self.levels, self.leaves, self.min_n = levels, leaves, min_n

    def depth(self, unit):
        return 0 if unit == "U0" else 1 + self.depth(self.parents[unit][0])

    def kind(self, unit):
        return TYPES[min(self.depth(unit), 3)]

    def chain(self, unit, day):
        """The unit and what is above it on a day, nearest first."""
        above = [unit]
        while above[-1] != "U0":
            before, after = self.parents[above[-1]]
            above.append(before if day < date(2026, 5, 16) else after)
        return above

    def part_of(self, leaf, subject):
        """Whose part of a subject a leaf is, in plain words; None if it is not the subject's at all."""
        unit, person, day, *_ = leaf
        chain = self.chain(unit, day)
        if subject not in chain:
            return None
        below = [one for one in chain[: chain.index(subject)] if self.kind(one) in self.levels]
        if below:
            return (self.kind(below[-1]), below[-1])
        return ("employee", person) if person and "employee" in self.levels else ("own", "")

    def expected(self, subject):
        """(part type, part) → [base numerator and denominator, numerator and denominator], not all 0."""
        parts = defaultdict(lambda: [Decimal(0)] * 4)
        for leaf in self.leaves:
            part = self.part_of(leaf, subject)
            if part:
                side = 0 if leaf[2] <= MAY.end else 2
                parts[part][side] += leaf[3]
                parts[part][side + 1] += leaf[4]
        return {part: amounts for part, amounts in parts.items() if any(amounts)}

    def publish(self, connection, subject):
        """The marts of its night. Returns the subject's numerator and denominator, of May and of June."""
        connection.execute("DROP SCHEMA IF EXISTS marts CASCADE")
        connection.execute("CREATE SCHEMA marts")
        for mart, columns in MARTS.items():
            connection.execute(f"CREATE TABLE marts.{mart} ({columns})")

        def write(mart, *rows):
            for row in rows:
                connection.execute(f"INSERT INTO marts.{mart} VALUES ({', '.join('?' * len(row))})", row)

        write("dim_metric", ("rate", "Rate", "比率", "proportion", "1.0", ",".join(self.levels), self.min_n))
        for role, component in (("numerator", "won"), ("denominator", "closed")):
            write("metric_term", ("rate", role, component, 1, None, "sum", "employee"))
        write("metric_decomposition", ("rate", "unit", True, "ratio", None, None))
        write("metric_decomposition", ("rate", "component", False, None, "it is forbidden", "不允许"))
        for period in (MAY, JUNE):
            write("dim_period", ("month", period.start, period.end, period.start, period.end, True))
        for unit, (before, after) in self.parents.items():
            kind = self.kind(unit)
            if before == after or unit == "U0":
                write("dim_org_unit", (unit, before, kind, unit, None, None, None, True))
            else:
                moved = date(2026, 5, 16)
                write("dim_org_unit", (unit, before, kind, unit, None, None, moved, False))
                write("dim_org_unit", (unit, after, kind, unit, None, moved, None, True))
        for unit, person, day, won, closed in self.leaves:
            write("metric_component_daily", ("won", day, person, None, unit, won, won))
            write("metric_component_daily", ("closed", day, person, None, unit, closed, closed))
        sums = [sum(column) for column in zip(*self.expected(subject).values(), strict=True)] or [0] * 4
        for period, (won, closed) in ((MAY, sums[:2]), (JUNE, sums[2:])):
            value = round(Decimal(won) / closed, 10) if closed else None
            state = "ok" if closed else "no_data"
            figure = ("rate", self.kind(subject), subject, "month", period.start, period.end, won, closed)
            write("metric_value", (*figure, value, int(closed), state))
        return (sums[:2], sums[2:])


@st.composite
def companies(draw):
    number = draw(st.integers(2, 7))
    parents = [(None, None)]
    for unit in range(1, number):
        first = draw(st.integers(0, unit - 1))
        moved = draw(st.booleans())
        parents.append((f"U{first}", f"U{draw(st.integers(0, unit - 1)) if moved else first}"))
    levels = ["company", *(kind for kind in (*TYPES[1:], "employee") if draw(st.booleans()))]
    leaf = st.tuples(
        st.integers(0, number - 1).map("U{}".format),
        st.one_of(st.none(), st.sampled_from(["E1", "E2", "E3"])),
        st.dates(MAY.start, JUNE.end),
        st.decimals(0, 100, places=2),
        st.decimals(0, 100, places=2),
    )
    return Company(parents, levels, draw(st.lists(leaf, min_size=1, max_size=25)))


@settings(max_examples=60, deadline=None)
@given(company=companies(), data=st.data())
def test_the_parts_of_any_unit_of_any_company_are_what_it_is_made_of(company, data):
    published = [unit for unit in company.parents if company.kind(unit) in company.levels]
    subject = data.draw(st.sampled_from(published))
    with duckdb.connect() as connection:
        (_, closed_before), (_, closed_after) = company.publish(connection, subject)
        if not closed_before or not closed_after:
            return
        asked = (company.kind(subject), subject)
        told = explain(PublishedNight(connection, None), "rate", MAY, JUNE, subject=asked)
    amounts = ("base_numerator", "base_denominator", "numerator", "denominator")
    assert {
        (part["part_type"], part["part_id"]): [part[name] for name in amounts] for part in told["parts"]
    } == company.expected(subject)
    assert sum(part["effect"] for part in told["parts"]) == told["change"] == told["sum_of_effects"]


TEAMS = [(None, None), ("U0", "U0"), ("U0", "U0")]
LEAVES = [
    ("U1", "E1", date(2026, 5, 4), Decimal(9), Decimal(10)),
    ("U2", "E2", date(2026, 5, 5), Decimal(10), Decimal(100)),
    ("U1", "E1", date(2026, 6, 4), Decimal(45), Decimal(50)),
    ("U2", "E2", date(2026, 6, 5), Decimal(20), Decimal(120)),
]


def night(leaves=LEAVES, *, levels=("company", "division", "employee"), min_n=0, subject="U0"):
    connection = duckdb.connect()
    Company(TEAMS, list(levels), leaves, min_n).publish(connection, subject)
    return PublishedNight(connection, None)


def test_parts_on_too_few_records_are_told_together_and_without_amounts():
    few = [("U0", "E3", date(2026, 6, 1), Decimal(1), Decimal(2)), *LEAVES]
    told = explain(night(few, min_n=5), "rate", MAY, JUNE)
    parts = {(part["part_type"], part["part_id"]): part for part in told["parts"]}
    assert set(parts) == {("division", "U1"), ("division", "U2"), ("withheld", "")}
    assert parts["withheld", ""]["numerator"] is None
    assert parts["withheld", ""]["effect"] != 0
    assert told["sum_of_effects"] == told["change"]


def test_components_that_do_not_make_up_the_figure_are_not_explained():
    broken = night()
    broken.rows("UPDATE marts.metric_value SET numerator = numerator + 1 RETURNING 1")
    with pytest.raises(
        NotDecomposableError, match=r"published components sum to a numerator of 19, not 20\."
    ):
        explain(broken, "rate", MAY, JUNE)


def test_what_is_not_decomposable_says_why_in_both_languages():
    with pytest.raises(NotDecomposableError, match=r"by components: it is forbidden\. · 不允许。"):
        explain(night(), "rate", MAY, JUNE, way="component")


def test_a_period_without_a_value_or_the_same_period_is_refused():
    with pytest.raises(UnknownNameError, match="has no value for company:U0 in the month 2026-05-01"):
        explain(night(LEAVES[2:]), "rate", MAY, JUNE)
    with pytest.raises(ValueError, match="the same month"):
        explain(night(), "rate", JUNE, JUNE)
    with pytest.raises(ValueError, match="A month cannot be compared with a year"):
        explain(night(), "rate", MAY, parse_period("2026"))
