"""How a proposed plan is shown: as people read it, and as programs do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from orchestration.console import _plain, _printed, _stamp_line, _table

if TYPE_CHECKING:
    from planning.allocation import AllocationRun
    from planning.cascade import Subject
    from planning.library_files import Written
    from planning.people import Person
    from planning.plan import Plan

NUMBERS = (
    "target · 目标",
    "share · 占比",
    "months · 月",
    "year · 全年",
    "month · 月均",
    "median · 本人",
    "best · 最好",
    "peers · 同岗",
)
MOST_PEOPLE = 60
CENT = Decimal("0.01")


def as_data(plan: Plan, stamp: Mapping[str, str], written: Written | None) -> dict[str, Any]:
    """Everything that a plan says."""
    return {
        **{key: plan.metric[key] for key in ("metric_id", "label", "name_zh", "unit", "version")},
        "subject": str(plan.root),
        "year": plan.request.year,
        "target": plan.request.target,
        "kind": plan.kind,
        "method": plan.method,
        "spread": plan.spread,
        "quantum": plan.quantum,
        "notes": [{"en": english, "zh": chinese} for english, chinese in plan.notes],
        "allocations": [_allocation(subject, run) for subject, run in plan.runs.items()],
        "targets": [
            {
                "subject_type": one.subject.type,
                "subject_id": one.subject.id,
                "parent": None if one.parent is None else str(one.parent),
                "period_grain": one.period.grain,
                "period_start": one.period.start,
                "period_end": one.period.end,
                "target": one.amount,
            }
            for one in plan.targets
        ],
        "people": [_person(person) for person in plan.people],
        "written": None if written is None else vars(written),
        **stamp,
    }


def as_text(plan: Plan, stamp: Mapping[str, str], written: Written | None) -> str:
    """The plan over time, by unit and by person, with what a reader must know."""
    metric, unit = plan.metric, plan.metric["unit"] or ""
    return _printed(
        f"[bold]{metric['metric_id']}[/bold]  {metric['label']} · {metric['name_zh'] or ''}",
        f"  {plan.root}, {plan.request.year}: {_amount(plan.request.target)} {unit} ({plan.kind}), "
        f"method · 方法 {plan.method}, spread · 时间分布 {plan.spread}".replace(" ,", ","),
        _table("Over time · 按时间", ("period · 期间", "target · 目标"), list(_over_time(plan)), NUMBERS),
        _table(
            "Units and positions · 单元与岗位",
            ("subject · 对象", "name · 名称", "target · 目标", "share · 占比"),
            list(_units(plan)),
            NUMBERS,
        ),
        *_people(plan),
        *(f"  {english} · {chinese}" for english, chinese in plan.notes),
        *_written(written),
        _stamp_line(dict(stamp)),
    )


def _over_time(plan: Plan) -> Iterable[dict[str, Any]]:
    for one in plan.targets:
        if one.subject == plan.root and one.period.grain in ("quarter", "month"):
            start = one.period.start
            quarter = f"{start.year}-Q{(start.month + 2) // 3}"
            period = quarter if one.period.grain == "quarter" else f"{start:%Y-%m}"
            yield {"period · 期间": period, "target · 目标": _amount(one.amount)}


def _units(plan: Plan) -> Iterable[dict[str, Any]]:
    """Everybody's year but the people's, and its share of what is above."""
    years = {one.subject: one for one in plan.targets if one.period.grain == "year"}
    for subject, one in years.items():
        if subject.type == "employee":
            continue
        above = years.get(one.parent)
        share = "" if above is None or not above.amount else f"{100 * one.amount / above.amount:.1f} %"
        names = [name for name in plan.names.get(subject, ()) if name]
        yield {
            "subject · 对象": str(subject),
            "name · 名称": " · ".join(names),
            "target · 目标": _amount(one.amount),
            "share · 占比": share,
        }


def _people(plan: Plan) -> Iterable[Any]:
    """People with the record that their target stands beside, those far above it first."""
    if not plan.people:
        return
    ordered = sorted(plan.people, key=lambda person: (not person.is_far_above, person.subject))
    columns = (
        "person · 人",
        "position · 岗位",
        "months · 月",
        "year · 全年",
        "month · 月均",
        "median · 本人",
        "best · 最好",
        "peers · 同岗",
        "",
    )
    rows = [
        {
            "person · 人": person.subject.id,
            "position · 岗位": person.position.id,
            "months · 月": f"{person.months:.1f}",
            "year · 全年": _amount(person.year),
            "month · 月均": _amount(person.monthly),
            "median · 本人": _amount(person.own.median),
            "best · 最好": _amount(person.own.best),
            "peers · 同岗": _amount(person.peers),
            "": "▲" if person.is_far_above else "",
        }
        for person in ordered[:MOST_PEOPLE]
    ]
    yield _table(
        "People: a month of the plan beside the own median and best month, and the peers' median · "
        "人员：计划月均与本人月中位、最好月、同岗月中位",
        columns,
        rows,
        NUMBERS,
    )
    if any(person.is_far_above for person in plan.people):
        yield "  ▲ far above what the own months make plausible · 远超本人历史可及水平"
    if len(ordered) > MOST_PEOPLE:
        yield f"  … {len(ordered) - MOST_PEOPLE} more: --json shows all · 其余见 --json"


def _written(written: Written | None) -> Iterable[str]:
    if written is None:
        yield "Nothing is written: --write makes files of it. · 未写入：加 --write 写入战略库文件。"
        return
    for file in written.files:
        yield f"wrote · 已写入 {_plain(file)}"
    yield (
        f"  {written.new} new, {written.revised} revised, {written.unchanged} as they stand, "
        f"{written.over} not set, for their periods are over · 新增 {written.new}，修订 {written.revised}，"
        f"不变 {written.unchanged}，已结束期间不再设定 {written.over}"
    )


def _allocation(subject: Subject, run: AllocationRun) -> dict[str, Any]:
    return {
        "subject": str(subject),
        "method": run.method,
        "amount": run.amount,
        "residual": run.residual,
        "parts": [
            {"subject": name, "weight": run.inputs[name], "amount": amount}
            for name, amount in run.parts.items()
        ],
    }


def _person(person: Person) -> dict[str, Any]:
    return {
        "employee_id": person.subject.id,
        "position_id": person.position.id,
        "months": round(person.months, 2),
        "year": person.year,
        "monthly": round(person.monthly, 4),
        "own_months": person.own.months,
        "own_median": person.own.median,
        "own_best": person.own.best,
        "plausible_up_to": person.own.limit,
        "usual_year": person.usual,
        "peers_median": person.peers,
        "is_far_above": person.is_far_above,
    }


def _amount(amount: Decimal | None) -> str:
    """An amount with thousands apart; below a thousand to the hundredth."""
    if amount is None:
        return ""
    if abs(amount) >= 1000 or amount == amount.to_integral_value():
        return f"{amount:,.0f}"
    return f"{amount.quantize(CENT).normalize():f}"
