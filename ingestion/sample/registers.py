"""What the HR system exports as whole registers: staff, assignments, units, positions, duties and
competencies.

A register shows what HR knows on the day of the export, with the dates from which each record holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import polars as pl

from ingestion.sample.calendar import OPEN
from ingestion.sample.draws import Draws
from ingestion.sample.organisation import Organisation, Unit, duties, required_competencies
from ingestion.sample.people import Person, Stint, clip
from ingestion.sample.world import World

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华玉萍红建文辉力鹏宇浩凯佳欣怡晨雪琳博"
TYPE_WORDS = {
    "permanent": "正式",
    "fixed_term": "合同制",
    "part_time": "非全日制",
    "contractor": "劳务派遣",
    "intern": "实习",
}
REASON_WORDS = {
    "voluntary": "主动离职",
    "involuntary": "辞退",
    "retirement": "退休",
    "end_of_contract": "合同到期",
    "other": "其他",
}
MEASURABLE_WORDS = {"quantitative": "by figures", "qualitative": "by judgement", "none": "not"}
DUTIES_REVIEWED = "2026-01-15"
REGRADED_ROLE, REGRADED_ON, REGRADED_TO = "service_analyst", date(2025, 1, 1), "P5"


def day_text(day: int | None, pattern: str = "%d/%m/%Y") -> str | None:
    """A day as the HR system writes it; None for an open one."""
    return None if day is None or day >= OPEN else date.fromordinal(day).strftime(pattern)


def _merged(spans: list[tuple]) -> list[tuple]:
    """Spans with neighbours of the same value joined."""
    joined: list[tuple] = []
    for first, end, value in spans:
        if joined and joined[-1][2] == value and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], end, value)
        else:
            joined.append((first, end, value))
    return joined


def manager_spans(world: World, stints: list[Stint]) -> list[tuple[int, int, str | None]]:
    """Who managed the holder of the primary `stints` of one person, and when."""
    spans: list[tuple] = []
    for stint in stints:
        people = world.people
        above = (
            people.leaders_above(stint.position.unit)
            if stint.position.leads
            else people.leaders(stint.position.unit)
        )
        spans += clip(above, stint.first, stint.end)
    known = [(first, min(end, OPEN), boss) for first, end, boss in spans if first <= world.until]
    return _merged(known)


def primary_stints(world: World) -> dict[str, list[Stint]]:
    """The primary stints of each employee, in order of time."""
    found: dict[str, list[Stint]] = {}
    for stint in world.people.stints:
        if stint.is_primary:
            found.setdefault(stint.person.id, []).append(stint)
    return found


def staff(world: World) -> pl.DataFrame:
    """The staff register: one row per employee and validity, in the words of the HR system."""
    stints = primary_stints(world)
    rows = []
    for person, facts in zip(world.people.persons, _personal(world.draws, world.people.persons), strict=True):
        spans = manager_spans(world, stints[person.id])
        for number, (first, end, manager) in enumerate(spans):
            last = number == len(spans) - 1
            until = OPEN if last or end > world.until + 1 else end
            changed = max(
                first, until if until < OPEN else first, person.left if person.left < OPEN else first
            )
            rows.append(
                {
                    **facts,
                    "直属上级": manager,
                    "生效日": day_text(first),
                    "失效日": day_text(until),
                    "更新时间": day_text(min(changed, world.until), "%d/%m/%Y 18:30"),
                }
            )
    frame = pl.DataFrame(rows, infer_schema_length=None)
    first_row = frame.head(1)
    faults = [
        {"工号": "E999991", "入职日期": "00/00/0000"},
        {"工号": "E999992", "用工类型": "志愿者?"},
        {"工号": None},
        {"工号": "E999993", "入职日期": "31/02/2024"},
    ]
    bad = [
        first_row.with_columns(pl.lit(v, dtype=pl.String).alias(k) for k, v in fault.items())
        for fault in faults
    ]
    return pl.concat([frame, frame[7:8], *bad])


def _personal(draws: Draws, persons: list[Person]) -> Iterator[dict[str, str | None]]:
    """What the register says about each person on all of his records."""
    keys = np.array([person.key for person in persons], dtype=np.uint64)

    def numbers(stream: str, high: int) -> list[int]:
        return draws.integers(f"staff/{stream}", keys, 0, high).tolist()

    columns = (
        numbers("surname", len(SURNAMES)),
        numbers("given", len(GIVEN)),
        numbers("given2", len(GIVEN)),
        numbers("long", 10),
        numbers("age", 365 * 20),
        numbers("gender", 100),
    )
    for person, surname, given, second, long, age, gender in zip(persons, *columns, strict=True):
        yield {
            "工号": person.id,
            "姓名": SURNAMES[surname] + GIVEN[given] + (GIVEN[second] if long < 7 else ""),
            "邮箱": f"{person.id.lower()}@qingmu.example",
            "出生日期": day_text(person.hired - 365 * 21 - age),
            "性别": "女" if gender < 43 else "男",
            "入职日期": day_text(person.hired),
            "离职日期": day_text(person.left),
            "离职原因": REASON_WORDS.get(person.reason or ""),
            "用工类型": TYPE_WORDS[person.employment_type],
        }


def assignments(world: World) -> pl.DataFrame:
    """Who holds which position: one row per employee, position and start."""
    rows = []
    for stint in world.people.stints:
        end = stint.end if stint.end <= world.until + 1 else OPEN
        rows.append(
            {
                "staff_no": stint.person.id,
                "position": stint.position.id,
                "share_percent": f"{stint.share * 100:.0f}%",
                "main": "X" if stint.is_primary else None,
                "from": day_text(stint.first, "%Y-%m-%d"),
                "to": day_text(end, "%Y-%m-%d"),
                "changed": day_text(
                    min(max(stint.first, end if end < OPEN else 0), world.until), "%Y-%m-%d 18:30:00"
                ),
            }
        )
    ghost = {**rows[0], "staff_no": "E888888"}
    unknown_position = {**rows[1], "position": "POS-LIQUIDATED"}
    return pl.DataFrame([*rows, rows[3], ghost, unknown_position], infer_schema_length=None)


def _unit_rows(world: World, unit: Unit) -> list[dict]:
    """The records of one unit: a new one whenever its parent or its leader changed since the start."""
    leaders = _merged(clip(world.people.leaders(unit.id), world.start, OPEN))
    moves = [day.toordinal() for day, _ in unit.moves]
    starts = sorted({first for first, _, _ in leaders} | set(moves))
    starts = [day for day in starts if world.start < day <= world.until]
    rows = []
    for first, end in zip([None, *starts], [*starts, None], strict=True):
        day = world.start if first is None else first
        leader = next(boss for a, b, boss in leaders if a <= day < b)
        rows.append(
            {
                "Unit": unit.id,
                "Belongs to": unit.parent_on(date.fromordinal(day)),
                "Name": unit.name,
                "名称": unit.name_zh,
                "Level": unit.level.capitalize(),
                "Kind": unit.type,
                "Head": leader,
                "Cost centre": unit.cost_centre,
                "From": day_text(first, "%Y-%m-%d"),
                "To": day_text(end, "%Y-%m-%d"),
            }
        )
    return rows


def _position_rows(org: Organisation) -> Iterator[dict]:
    """The records of all positions; those of one role were regraded, so they have two."""
    for position in org.positions.values():
        row = {
            "Position": position.id,
            "Title": position.title,
            "职位": position.title_zh,
            "Family": position.family,
            "Grade": position.grade,
            "Unit": position.unit,
            "Plan": position.seats,
            "From": None,
            "To": None,
        }
        if position.role == REGRADED_ROLE:
            yield {**row, "To": str(REGRADED_ON)}
            yield {**row, "Grade": REGRADED_TO, "From": str(REGRADED_ON)}
        else:
            yield row


def _duty_rows(org: Organisation) -> Iterator[dict]:
    for duty in duties(org):
        yield {
            "Duty": duty["duty_id"],
            "Position": duty["position_id"],
            "Text": duty["text"],
            "职责": duty["text_zh"],
            "Measurable": MEASURABLE_WORDS[duty["measurability"]],
            "Authority": duty["authority"],
            "Effort": f"{duty['effort_pct']} %",
            "Document": duty["document"],
            "Reviewed": DUTIES_REVIEWED,
        }


def _competency_rows(org: Organisation) -> Iterator[dict]:
    for need in required_competencies(org):
        yield {
            "Competency": need["competency_id"],
            "Position": need["position_id"],
            "Name": need["name"],
            "名称": need["name_zh"],
            "Level": need["required_level"],
        }


def workbook(world: World) -> dict[str, pl.DataFrame]:
    """The sheets of the organisation workbook."""
    sheets = {
        "Units": [row for unit in world.org.units.values() for row in _unit_rows(world, unit)],
        "Positions": list(_position_rows(world.org)),
        "Duties": list(_duty_rows(world.org)),
        "Competencies": list(_competency_rows(world.org)),
    }
    return {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in sheets.items()}
