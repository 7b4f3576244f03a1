"""Windows, percentiles, distinct counts, conversions, offsets and formulas, against plain arithmetic."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendered import Engine, Tables

FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
MONTHS = [
    (date(2026, 1, 1), date(2026, 1, 31)),
    (date(2026, 2, 1), date(2026, 2, 28)),
    (date(2026, 3, 1), LAST),
]
FAR = (date(1900, 1, 1), date(9999, 12, 31))

TERM = (
    "metric_id text, input int, role text, component_id text, coefficient decimal(18, 6), per text, "
    "offset_periods int, offset_grain text, time_window text"
)
READING = (
    "component_id text, subject_type text, subject_id text, period_grain text, period_start date, "
    "period_end date, amount decimal(38, 10), n decimal(38, 6)"
)
PERIOD = "period_grain text, period_start date, period_end date, first_day_on date, last_day_on date"
HELD = READING.replace("component_id text,", "component_id text, time_window text,")
IN_DAYS = "time_window text, taken_on text, months int, days int, to_grain text"


def term(metric: str, component: str, window: str | None = None, **more: object) -> tuple:
    values = {"input": 0, "role": "numerator", "periods": None, "grain": None} | more
    return (
        metric,
        values["input"],
        values["role"],
        component,
        1,
        None,
        values["periods"],
        values["grain"],
        window,
    )


def by_month(metric: str) -> list[tuple]:
    return [(metric, "month")]


PERIODS = [("month", *month, *month) for month in MONTHS]


# --- cumulative -----------------------------------------------------------------------------------


def held(window: tuple, amounts: dict[date, int]) -> dict[date, Decimal]:
    """What a window holds, month by month, by the engine."""
    tables: Tables = {
        "metric_term": (TERM, [term("m", "c", "w")]),
        "metric_grain": ("metric_id text, period_grain text", by_month("m")),
        "cumulative_window": (IN_DAYS, [("w", *window)]),
        "dim_period": (PERIOD, PERIODS),
        "metric_component_subject": (
            "component_id text, subject_type text, subject_id text, span_start date, "
            "amount decimal(38, 10), n decimal(38, 6)",
            [("c", "team", "T", day, amount, 1) for day, amount in amounts.items()],
        ),
        "metric_component_direct": (HELD, []),
    }
    engine = Engine(tables).model("metric_component_cumulative")
    return dict(engine.rows("select period_start, amount from metric_component_cumulative order by 1"))


@given(
    amounts=st.dictionaries(st.sampled_from(DAYS), st.integers(-5, 9), max_size=20),
    days=st.integers(1, 70),
    taken_on=st.sampled_from(["first", "last"]),
)
@settings(max_examples=20, deadline=None)
def test_a_window_holds_its_last_days(amounts: dict[date, int], days: int, taken_on: str) -> None:
    expected = {}
    for start, end in MONTHS:
        until = start if taken_on == "first" else end
        inside = [amount for day, amount in amounts.items() if until - timedelta(days=days) < day <= until]
        if inside:
            expected[start] = sum(inside)
    assert held((taken_on, None, days, None), amounts) == expected


def test_months_and_the_start_of_a_year_bound_a_window() -> None:
    amounts = {date(2026, 1, 31): 1, date(2026, 2, 1): 2, date(2026, 3, 31): 4}
    # One month before 28 February is 28 January, and one before 31 March is 28 February.
    assert held(("last", 1, None, None), amounts) == {MONTHS[0][0]: 1, MONTHS[1][0]: 3, MONTHS[2][0]: 4}
    assert held(("last", None, None, "year"), amounts)[MONTHS[2][0]] == 7
    assert held(("last", None, None, "month"), amounts)[MONTHS[2][0]] == 4
    assert held(("last", None, None, None), amounts)[MONTHS[2][0]] == 7


def test_an_empty_window_is_no_data() -> None:
    assert held(("last", None, 7, None), {date(2026, 1, 20): 5}) == {}


# --- evaluated from records -----------------------------------------------------------------------


# Kim holds two positions of team T, which belongs to the company C; Lee holds one.
COMPANY: dict[str, tuple[str, list]] = {
    "cumulative_window": (IN_DAYS, []),
    "dim_period": (PERIOD, PERIODS),
    "dim_period_part": (
        "period_grain text, period_start date, period_end date, part_grain text, part_start date",
        [("month", *month, "month", month[0]) for month in MONTHS],
    ),
    "dim_date": (
        "date_day date, iso_week_start_on date, month_start_on date",
        [(day, day - timedelta(days=day.weekday()), day.replace(day=1)) for day in DAYS],
    ),
    "int_hr__company_root": ("org_unit_id text", [("C",)]),
    "int_hr__employee_assignment": (
        "employee_id text, position_id text, org_unit_id text, valid_from date, valid_to date",
        [("kim", "P1", "T", *FAR), ("kim", "P2", "T", *FAR), ("lee", "P1", "T", *FAR)],
    ),
    "int_hr__org_closure": (
        "ancestor_id text, ancestor_type text, descendant_id text, valid_from date, valid_to date",
        [("T", "team", "T", *FAR), ("C", "company", "T", *FAR), ("C", "company", "C", *FAR)],
    ),
    "int_hr__reporting_line": (
        "manager_id text, employee_id text, distance int, valid_from date, valid_to date", []
    ),
}  # fmt: skip


def answers(
    records: list[tuple], *components: tuple[str, str, str | None]
) -> dict[tuple[str, str, date], Decimal]:
    """{(component, subject, month): answer}. A record is (day, person, amount, member)."""
    fields = (
        "component_id text, semantic_model text, aggregation text, time_aggregation text, expression text, "
        "filter text, date_column text, attribution text, percentile decimal(9, 8)"
    )
    first = components[0][0]
    tables: Tables = COMPANY | {
        "metric_component": (
            fields,
            [(c, "s", agg, "direct", "x", None, "d", "employee", p) for c, agg, p in components],
        ),
        "metric_term": (TERM, [term("m", c) for c, _, _ in components]),
        "metric_grain": ("metric_id text, period_grain text", by_month("m")),
        "metric_level": (
            "metric_id text, subject_type text",
            [("m", level) for level in ("company", "team", "employee", "position")],
        ),
        "metric_component_touched": (
            "component_id text, metric_date date", [(c, day) for c, _, _ in components for day in DAYS]
        ),
        "metric_component_touched_period": (
            "component_id text, period_grain text, period_start date, period_end date",
            [(c, "month", *month) for c, _, _ in components for month in MONTHS],
        ),
        "metric_component_record": (
            "component_id text, metric_date date, employee_id text, position_id text, org_unit_id text, "
            "amount decimal(28, 10), member text",
            [(first, day, person, None, None, amount, member) for day, person, amount, member in records],
        ),
    }  # fmt: skip
    engine = (
        Engine(tables)
        .model("metric_record_part_touched")
        .model("metric_evaluation_touched")
        .model("metric_record_part")
        .model("metric_component_direct")
    )
    found = engine.rows("select component_id, subject_id, period_start, amount from metric_component_direct")
    return {(component, subject, start): amount for component, subject, start, amount in found}


ORDERED = (
    ("a_median", "median", "0.5"),
    ("b_p90", "percentile_cont", "0.9"),
    ("c_disc", "percentile_disc", "0.9"),
    ("d_min", "min", None),
    ("e_max", "max", None),
)


def test_handling_times_of_the_decision_log() -> None:
    times = ["1.0001", "1.0002", "2", "9"]
    found = answers([(FIRST, "kim", Decimal(t), None) for t in times], *ORDERED)
    team = {component: found[component, "T", FIRST] for component, _, _ in ORDERED}
    assert list(team.values()) == [Decimal("1.5001"), Decimal("6.9"), 9, Decimal("1.0001"), 9]


@given(
    records=st.lists(
        st.tuples(
            st.sampled_from(DAYS),
            st.sampled_from(["kim", "lee", None]),
            st.decimals(-50, 50, places=4),
            st.none(),
        ),
        min_size=1,
        max_size=25,
    )
)
@settings(max_examples=20, deadline=None)
def test_percentiles_of_every_subject(records: list[tuple]) -> None:
    found = answers(records, *ORDERED)
    whose = {
        "C": ("kim", "lee", None),
        "T": ("kim", "lee"),
        "kim": ("kim",),
        "P1": ("kim", "lee"),
        "P2": ("kim",),
    }
    for subject, people in whose.items():
        for start, end in MONTHS:
            values = sorted(
                Fraction(v) for day, who, v, _ in records if start <= day <= end and who in people
            )
            place = ("a_median", subject, start)
            assert (place in found) == bool(values)
            if not values:
                continue
            position = Fraction(9, 10) * (len(values) - 1)
            low, high = values[floor(position)], values[-(-position.numerator // position.denominator)]
            assert Fraction(found["b_p90", subject, start]) == low + (high - low) * (
                position - floor(position)
            )
            assert found["c_disc", subject, start] == values[max(0, -(-9 * len(values) // 10) - 1)]
            assert (found["d_min", subject, start], found["e_max", subject, start]) == (values[0], values[-1])


def test_a_member_counts_once_for_each_subject() -> None:
    records = [(FIRST, "kim", None, "acme"), (FIRST, "lee", None, "acme"), (LAST, "kim", None, "acme"),
               (FIRST, None, None, "best")]  # fmt: skip
    found = answers(records, ("members", "count_distinct", None))
    counted = {subject: found["members", subject, FIRST] for subject in ("C", "T", "kim", "lee", "P1", "P2")}
    assert counted == {"C": 2, "T": 1, "kim": 1, "lee": 1, "P1": 1, "P2": 1}
    assert found["members", "C", date(2026, 3, 1)] == 1


def definitions(aggregation: str, *asked: tuple[str | None, str]) -> list[tuple]:
    """What decides the amounts of component c, where metrics ask for it so: (window, grain)."""
    names = (
        "component_id, semantic_model, fact, aggregation, time_aggregation, expression, filter, date_column, "
        "attribution, percentile"
    )
    metrics = [f"m{number}" for number in range(len(asked))]
    row = ("c", "s", "f", "median", aggregation, "x", None, "d", "employee", "0.5")
    return Engine(
        {
            "metric_component": (", ".join(f"{name.strip()} text" for name in names.split(",")), [row]),
            "metric_term": (
                TERM,
                [term(m, "c", window) for m, (window, _) in zip(metrics, asked, strict=True)],
            ),
            "metric_grain": (
                "metric_id text, period_grain text",
                [(m, grain) for m, (_, grain) in zip(metrics, asked, strict=True)],
            ),
            "metric_level": ("metric_id text, subject_type text", [(m, "team") for m in metrics]),
            "metric_slice": ("metric_id text, dimension text", []),
        }
    ).call("component_definitions", "library")


def test_another_window_or_grain_of_what_is_evaluated_from_records_is_another_definition() -> None:
    asked = [(None, "month"), ("30 days", "week")]
    for more in [("90 days", "week"), ("30 days", "month"), (None, "week")]:
        assert definitions("direct", *asked, more) != definitions("direct", *asked)
        assert definitions("sum", *asked, more) == definitions("sum", *asked)


# --- conversions ----------------------------------------------------------------------------------


def converted(bases: list[tuple], events: list[tuple], window: str | None) -> list[tuple]:
    tables: Tables = {
        "fct_base": ("base_on date, account_id text, employee_id text, org_unit_id text", bases),
        "fct_event": ("event_on date, account_id text, event_id text", events),
        "run_context": ("as_of date, calendar_start date", [(LAST, FIRST)]),
    }
    base = {
        "fact": "fct_base",
        "date_column": "base_on",
        "filter": None,
        "joins": [],
        "matched": ["account_id"],
    }
    following = base | {"fact": "fct_event", "date_column": "event_on", "expression": "event_id"}
    found = Engine(tables).call("conversion_rows", base, following, window, "employee")
    return sorted(((str(day), who, event) for day, who, _, _, event in found), key=str)


def test_a_conversion_goes_to_the_latest_base_event_before_it() -> None:
    bases = [(date(2026, 1, 3), "acme", "kim", "T"), (date(2026, 1, 10), "acme", "lee", "T"),
             (date(2026, 1, 10), "best", "lee", "T")]  # fmt: skip
    events = [(date(2026, 1, 9), "acme", "e1"), (date(2026, 1, 10), "acme", "e2"),
              (date(2026, 1, 2), "best", "e3"), (date(2026, 1, 11), None, "e4")]  # fmt: skip
    assert converted(bases, events, None) == [
        ("2026-01-03", "kim", "e1"), ("2026-01-10", "lee", "e2"), ("2026-01-10", "lee", None)
    ]  # fmt: skip


def test_a_window_of_a_week_is_the_day_and_six_more() -> None:
    bases = [(date(2026, 1, 3), "acme", "kim", "T")]
    inside, outside = (date(2026, 1, 9), "acme", "e1"), (date(2026, 1, 10), "acme", "e2")
    assert converted(bases, [inside], "7 day") == [("2026-01-03", "kim", "e1")]
    assert converted(bases, [outside], "7 day") == [("2026-01-03", "kim", None)]


def test_of_two_base_events_of_a_day_one_has_the_conversion() -> None:
    bases = [(FIRST, "acme", "lee", "T"), (FIRST, "acme", "kim", "T")]
    assert converted(bases, [(FIRST, "acme", "e1")], None) == [
        ("2026-01-01", "kim", "e1"), ("2026-01-01", "lee", None)
    ]  # fmt: skip


# --- values ---------------------------------------------------------------------------------------


def valued(terms: list[tuple], amounts: dict[tuple[str, str, int], int], null_policy: str = "null") -> Engine:
    """Forms of metric m by month; `amounts` by component, subject (`shared` for everybody's) and month."""
    readings = [
        (
            c,
            "shared" if s == "shared" else "team",
            "" if s == "shared" else s,
            "month",
            *MONTHS[month],
            amount,
            7,
        )
        for (c, s, month), amount in amounts.items()
    ]
    offset = "period_grain text, period_start date, period_end date, offset_periods int, offset_grain text, "
    inputs = sorted({row[1] for row in terms})
    return Engine(
        {
            "metric_term": (TERM, terms),
            "metric_touched": (
                "metric_id text, period_grain text, period_start date, period_end date",
                [("m", "month", *month) for month in MONTHS],
            ),
            "metric_level": ("metric_id text, subject_type text", [("m", "team")]),
            "metric_grain": ("metric_id text, period_grain text", by_month("m")),
            "metric_form": (
                "metric_id text, input int, null_policy text, zero_denominator text",
                [("m", number, null_policy, "no_data") for number in inputs],
            ),
            "dim_period_offset": (
                offset + "base_start date, base_end date",
                [("month", *MONTHS[n], 1, "month", *MONTHS[n - 1]) for n in (1, 2)],
            ),
            "metric_component_period": (READING, readings),
            "metric_component_cumulative": (HELD, []),
        }
    )


def values(engine: Engine, condition: str = "t.input = 0") -> dict[tuple[str, date], Decimal | None]:
    found = engine.call("form_values", condition, "select * from metric_touched")
    return {(row[3], row[5]): row[-2] for row in found}


def test_a_term_that_is_offset_counts_for_the_later_period() -> None:
    terms = [term("m", "c"), term("m", "c", role="denominator", periods=1, grain="month")]
    found = values(valued(terms, {("c", "T", 0): 100, ("c", "T", 1): 150, ("c", "T", 2): 75}))
    assert found == {
        ("T", MONTHS[0][0]): None,
        ("T", MONTHS[1][0]): Decimal("1.5"),
        ("T", MONTHS[2][0]): Decimal("0.5"),
    }


def test_what_is_shared_divides_and_is_subtracted_for_everybody() -> None:
    terms = [term("m", "c"), term("m", "days"), term("m", "days", role="denominator")]
    found = values(valued(terms, {("c", "T", 0): 60, ("c", "U", 0): 30, ("days", "shared", 0): 30}))
    assert found == {("T", MONTHS[0][0]): 3, ("U", MONTHS[0][0]): 2}


@pytest.mark.parametrize(("policy", "value"), [("null", None), ("zero", Decimal(0))])
def test_a_missing_term_is_what_the_metric_says(policy: str, value: Decimal | None) -> None:
    terms = [term("m", "c"), term("m", "d", role="denominator")]
    assert values(valued(terms, {("d", "T", 0): 5}, policy)) == {("T", MONTHS[0][0]): value}


def test_a_formula_has_no_value_where_an_input_has_none() -> None:
    """Ability 0.9, willingness 0.8 and conditions 0.5 in tenths; of U the conditions are unknown."""
    terms = [term("m", c, input=n) for n, c in enumerate("abc", 1)]
    amounts = {("a", "T", 0): 9, ("b", "T", 0): 8, ("c", "T", 0): 5, ("a", "U", 0): 9, ("b", "U", 0): 8}
    engine = valued(terms, amounts).model("metric_formula_input")
    formula = {"metric_id": "m", "inputs": 3, "expression": "x1 * x2 * x3 / 1000"}
    found = {row[2]: row[-2:] for row in engine.call("formula_values", [formula])}
    assert found == {"T": (Decimal("0.36"), 7), "U": (None, 7)}


@given(
    figures=st.lists(st.integers(0, 5), min_size=3, max_size=3),
    at_once=st.integers(1, 8),
    touched=st.booleans(),
)
@settings(max_examples=30, deadline=None)
def test_batches_cover_all_time_and_hold_few_figures_each_however_few_the_records(figures, at_once, touched):
    readings = [
        ("c", "employee", str(number), "month", *month, Decimal(1), Decimal(1))
        for month, count in zip(MONTHS, figures, strict=True)
        for number in range(count)
    ]
    engine = Engine(
        {
            "metric_component_period": (READING, readings),
            "metric_component_touched_period": (
                "component_id text, period_grain text, period_start date, period_end date",
                [("c", "month", *month) for month in MONTHS if touched],
            ),
            "run_context": ("batch_records int", [(at_once,)]),
        }
    )
    batches = engine.model("metric_figure_batch").rows("select * from metric_figure_batch order by first_day")
    assert (batches[0][0], batches[-1][1]) == FAR
    assert all(after[0] == before[1] + timedelta(days=1) for before, after in pairwise(batches))
    for first, last in batches:
        held = [
            count for (_, end), count in zip(MONTHS, figures, strict=True) if first <= end <= last and count
        ]
        # A batch is full with the month that reaches the limit; a month is never cut.
        assert not touched or sum(held[:-1]) <= at_once
