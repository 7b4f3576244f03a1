"""The answer to why, as people read it."""

from datetime import date
from decimal import Decimal

import pytest

from orchestration.why_text import WORDS, amount, why_text


def step(goal: str, edge: dict | None = None) -> dict:
    return {"goal_id": goal, "title": f"Goal {goal}", "title_zh": f"目标 {goal}", "edge": edge}


EDGE = {"kind": "influence", "rationale": "It brings it.", "rationale_zh": "带来它。", "share": None}
TARGET = {
    "period_grain": "quarter", "period_start": date(2026, 4, 1), "kind": "at_least", "target": Decimal("0.8"),
    "value": Decimal("0.75"), "attainment": Decimal("0.5"), "pace": Decimal("0.9375"), "state": "ok",
    "status": "at_risk", "invalid_reason": None, "expected_by_now": Decimal("0.8"), "derived_from": [],
}  # fmt: skip
METRIC = {
    "metric_id": "kept", "label": "Kept", "name_zh": "履约率", "description": "Kept of all.",
    "definition_zh": "",
    "unit_kind": "proportion", "unit": None, "currency": "CNY", "version": "1.2",
    "carried": [{"role": "owner", "weight": Decimal("40.00"), "since": date(2026, 1, 1), "is_resolved": True,
                 "assigned_id": "P", "acknowledgement": "acknowledged", "acknowledged_version": "1.2",
                 "acknowledged_on": date(2026, 1, 9)}],
    "paths": [{"steps": [step("G1"), step("G2", EDGE)]}],
    "targets": [TARGET],
    "others": [{"assigned_id": "Q", "name": "Lead", "name_zh": None, "role": "approver"}],
}  # fmt: skip
ANSWER = {
    "subject_id": "E1", "name": "Seller", "name_zh": "销售", "as_of": "2026-06-30", "run_id": "R",
    "metrics": [METRIC],
}  # fmt: skip


def test_english() -> None:
    assert why_text(ANSWER, "en").splitlines() == [
        "Why E1 · Seller has these metrics, as of 2026-06-30",
        "",
        "■ Kept (kept)",
        "  owner; through position P; weight 40 %; since 2026-01-01; definition 1.2; "
        "version 1.2 acknowledged on 2026-01-09",
        "  What it is: Kept of all.",
        "  Why:",
        "    G1: Goal G1",
        "      ↳ G2: Goal G2 (is expected to move it)",
        "        because: It brings it.",
        "  Target 2026-Q2: at least 80.0 %; so far 75.0 %; 50.0 % of the way; at risk",
        "  With: Lead (Q) – approver",
        "",
        "run R, as of 2026-06-30",
    ]


def test_chinese_says_the_same() -> None:
    lines = why_text(ANSWER, "zh").splitlines()
    assert lines[0] == "E1 · 销售 为何承担这些指标（截至 2026-06-30）"
    assert lines[2] == "■ 履约率 (kept)"
    assert "        因为: 带来它。" in lines
    assert "  目标值 2026-Q2: 不低于 80.0 %; 目前 75.0 %; 达成 50.0 %; 有风险" in lines
    assert WORDS["en"].keys() == WORDS["zh"].keys()


def test_running_period_tells_the_pace_and_what_is_expected() -> None:
    metric = {**METRIC, "targets": [{**TARGET, "state": "not_due"}]}
    text = why_text({**ANSWER, "metrics": [metric]}, "en")
    assert "80.0 % expected by now; pace 93.8 %; at risk; still running" in text
    assert "of the way" not in text


def test_target_derived_from_another() -> None:
    above = {
        "parent_target": Decimal("0.9"),
        "parent_subject_id": "U1",
        "share_of_parent": Decimal("0.38"),
        "allocation_method": "capacity",
    }
    other = {**above, "parent_subject_id": "U2", "share_of_parent": None}
    metric = {**METRIC, "targets": [{**TARGET, "derived_from": [above, other]}]}
    answer = {**ANSWER, "metrics": [metric]}
    assert "    derived from 90.0 % of U1; 38.0 % of it; divided by capacity" in why_text(answer, "en")
    assert "    derived from 90.0 % of U2; divided by capacity" in why_text(answer, "en")
    assert "    源自 U1 的 90.0 %; 占其 38.0 %; 分解方式：产能" in why_text(answer, "zh")


def test_nobody_carries_anything() -> None:
    assert why_text({**ANSWER, "metrics": []}, "en").splitlines()[0] == (
        "E1 · Seller carries no metric on 2026-06-30, and no goal of theirs has one."
    )


@pytest.mark.parametrize(
    ("value", "kind", "unit", "shown"),
    [
        ("1234567.8", "currency", None, "1,234,568 CNY"),
        ("12.5", "duration", "hours", "12.50 hours"),
        ("3", "count", None, "3"),
        ("0.4567", "proportion", None, "45.7 %"),
        (None, "count", None, "–"),
    ],
)
def test_amounts(value: str | None, kind: str, unit: str | None, shown: str) -> None:
    metric = {"unit_kind": kind, "unit": unit, "currency": "CNY"}
    assert amount(None if value is None else Decimal(value), metric) == shown
