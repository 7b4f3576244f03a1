"""What the command line shows: the end of a night, figures, and the way up and down."""

import io
import json
from decimal import Decimal

from orchestration import console

STAMP = {"run_id": "20260701T023000-abc123", "as_of": "2026-06-30"}
SUMMARY = {
    **STAMP,
    "status": "published",
    "files_new": [
        {
            "table": "hr.employees",
            "file": "hris/staff.csv",
            "rows_read": 10,
            "rows_landed": 7,
            "rows_quarantined": 2,
            "rows_duplicate": 1,
        }
    ],
    "files_known": 5,
    "files_refused": [],
    "held_domains": {"ticketing": "tickets.csv was refused: it has no column 状态"},
    "metrics": {"ok": 50, "stale": 4},
    "findings": {"DEF-02": 3},
    "checks": {"dbt_tests": {"pass": 46}},
    "marts": 12,
    "seconds": {"landing": 1.5, "warehouse": 20.0},
    "look_next": {"data_docs": "runs/x/data_docs/index.html"},
}


def figure(**changes):
    row = {
        "metric_id": "revenue",
        "subject_type": "company",
        "subject_id": "OU-CO",
        "period_grain": "month",
        "period_start": "2026-05-01",
        "period_end": "2026-05-31",
        "numerator": Decimal("30631984.4200000000"),
        "denominator": None,
        "value": Decimal("30631984.4200000000"),
        "n": 2327,
        "state": "ok",
        "metric_version": "1.0",
        "unit": "CNY",
    }
    return {**row, **changes, **STAMP}


def test_a_breakdown_is_a_table_of_the_values_of_one_dimension():
    rows = [
        figure(dimension="priority", dimension_value=name, value=value, state=state)
        for name, value, state in (("high", Decimal(3), "ok"), ("(unknown)", None, "suppressed"))
    ]
    lines = console.breakdown(rows).splitlines()
    assert "company OU-CO, month 2026-05-01 to 2026-05-31; version 1.0" in lines[0]
    assert lines[1].split() == ["priority", "value", "numerator", "denominator", "n", "state"]
    assert [line.split()[0] for line in lines[2:4]] == ["high", "(unknown)"]
    assert lines[3].split()[-1] == "suppressed"


def test_a_night_told_as_json_is_one_object_per_line_and_ends_with_the_summary():
    stream = io.StringIO()
    with console.JsonProgress(stream) as report:
        report("stage_started", stage="landing")
        report.summary(SUMMARY)
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert events[0] == {"event": "stage_started", "stage": "landing"}
    assert events[-1] == {"event": "summary", **SUMMARY}


def test_a_night_told_as_text_says_all_that_the_summary_knows():
    stream = io.StringIO()
    with console.TextProgress(stream) as report:
        report("night_started", run_id=STAMP["run_id"], as_of="2026-06-30", profile="Qingmu Instruments")
        report("stage_started", stage="landing")
        report("file_landed", table="hr.employees", file="hris/staff.csv", rows_read=10)
        report("file_refused", table="ticketing.tickets", file="tickets.csv", message="no column [bold]")
        report("domain_held", domain="ticketing", reason="tickets.csv was refused")
        report("stage_finished", stage="landing", seconds=1.5)
        report("an_event_of_a_later_release", detail=1)
        report.summary(SUMMARY)
    text = stream.getvalue()
    for said in (
        "Qingmu Instruments",
        "no column [bold]",
        "hris/staff.csv",
        "ok 50, stale 4",
        "DEF-02 3",
        "pass 46",
        "ticketing",
        "total 21.5",
        "runs/x/data_docs/index.html",
    ):
        assert said in text, said


def test_a_figure_is_never_shown_without_its_state_version_run_and_day():
    text = console.figures([figure()])
    for said in ("30631984.42 CNY", "(ok)", "version 1.0", STAMP["run_id"], "as of 2026-06-30", "n 2327"):
        assert said in text, said


def test_no_data_is_shown_as_no_value_and_not_as_zero():
    text = console.figures([figure(value=None, numerator=None, n=0, state="no_data")])
    assert "no value" in text
    assert "(no_data)" in text


def test_every_stage_of_a_night_has_a_name_in_both_languages():
    assert all(" · " in name for name in console.STAGES.values())


def test_a_restated_figure_says_since_when():
    assert "restated" not in console.figures([figure(restated_on=None)])
    assert "restated on · 更正于 2026-06-20" in console.figures([figure(restated_on="2026-06-20")])


def part(part_type, part_id, effect, **amounts):
    """A part of a change; amounts that are not given are 0."""
    zero = dict.fromkeys(("base_numerator", "base_denominator", "numerator", "denominator"), Decimal(0))
    told = {"name": None, "name_zh": None, "rate_effect": None, "mix_effect": None}
    return {"part_type": part_type, "part_id": part_id, "effect": Decimal(effect), **zero, **told, **amounts}


def explanation(method, parts, **changes):
    before, after = (
        {"period_start": start, "value": Decimal(value), "denominator": Decimal(days)}
        for start, value, days in (("2026-05-01", "2.5", 31), ("2026-06-01", "4", 30))
    )
    answer = {
        "metric_id": "average_fte",
        "label": "Average FTE",
        "name_zh": "平均全职当量",
        "unit": "count",
        "subject_type": "team",
        "subject_id": "T1",
        "period_grain": "month",
        "from": before,
        "to": after,
        "change": Decimal("1.5"),
        "method": method,
        "parts": parts,
        "sum_of_effects": Decimal("1.5"),
        "unfinished": [],
    }
    return console.explanation({**answer, **changes, **STAMP})


def test_an_explanation_ends_with_the_sum_of_its_parts():
    people = [
        part("employee", "E1", "1", base_numerator=Decimal(31), numerator=Decimal(60)),
        part("own", "", "0.5", base_numerator=Decimal("46.5"), numerator=Decimal(60)),
    ]
    lines = explanation("shared", people).splitlines()
    assert "2.5 → 4 count" in lines[1]
    assert lines[2].split() == ["part", "before", "after", "effect"]
    assert lines[3].split() == ["employee:E1", "1", "2", "1"], "a share of the days that all have"
    assert lines[4].split() == ["own", "1.5", "2", "0.5"]
    assert lines[5] == "sum of 2 parts · 各部分之和 +1.5 = change · 变动 +1.5"


def test_a_part_of_a_ratio_shows_its_own_ratio_and_a_term_its_amount():
    amounts = {"base_numerator": Decimal(0), "base_denominator": Decimal(4)}
    amounts |= {"numerator": Decimal(3), "denominator": Decimal(4)}
    effects = {"rate_effect": Decimal("1.5"), "mix_effect": Decimal(0)}
    shown = explanation(
        "ratio", [part("team", "T2", "1.5", name="Desk", name_zh="热线", **amounts, **effects)]
    )
    assert "team:T2 Desk · 热线 0 0.75 1.5 1.5 0" in " ".join(shown.split())
    below = part("denominator", "tickets", "1.5", base_denominator=Decimal(4), denominator=Decimal(5))
    assert "denominator:tickets 4 5 1.5" in " ".join(explanation("term", [below]).split())


def test_an_explanation_says_when_a_period_is_not_over():
    assert "2026-06-01: not over" in explanation("sum", [], unfinished=["2026-06-01"])
