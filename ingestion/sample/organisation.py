"""The static organisation of the sample company: units, positions, roles, duties and competencies.

Read from `organisation.yml` and `roles.yml`. Nothing here depends on the seed: identifiers are stable for
every size, so that goals and targets can be written against them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PLANNED_PEOPLE = 300
# From this size on a team gets sister teams, so that no team of a large company has hundreds of members.
PEOPLE_PER_SISTER_TEAM = 900


@dataclass(frozen=True)
class Unit:
    """An org unit; `moves` lists (day, new parent) of reorganisations in date order."""

    id: str
    parent: str | None
    level: str
    type: str
    name: str
    name_zh: str
    cost_centre: str
    region: str | None
    moves: tuple[tuple[date, str], ...]

    def parent_on(self, day: date) -> str | None:
        """The unit above on `day`."""
        parent = self.parent
        for moved_on, new_parent in self.moves:
            if day >= moved_on:
                parent = new_parent
        return parent


@dataclass(frozen=True)
class Position:
    """A position: `seats` people hold it when every seat is filled."""

    id: str
    role: str
    title: str
    title_zh: str
    family: str
    grade: str
    pay: int
    unit: str
    seats: int
    leads: bool


@dataclass(frozen=True)
class Organisation:
    """Units and positions of one size of the company, by identifier and in tree order."""

    units: dict[str, Unit]
    positions: dict[str, Position]
    roles: dict[str, Any]
    competencies: dict[str, list[list[str]]]


def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _unit(row: dict[str, Any], suffix: str) -> Unit:
    number = f" {int(suffix)}" if suffix else ""
    return Unit(
        id=row["id"] + (f"-{suffix}" if suffix else ""),
        parent=row.get("parent"),
        level=row["level"],
        type=row["type"],
        name=row["name"] + number,
        name_zh=row["zh"] + number,
        cost_centre=row["cost_centre"] + (f"-{suffix}" if suffix else ""),
        region=row.get("region"),
        moves=tuple((move["day"], move["parent"]) for move in row.get("moves", ())),
    )


def _position(row: dict[str, Any], role: dict[str, Any], place: Unit, shared: bool, suffix: str, seats: int):
    return Position(
        id=row["id"] + (f"-{suffix}" if suffix else ""),
        role=row["role"],
        title=role["title"] + (f", {place.name}" if shared else ""),
        title_zh=(f"{place.name_zh}" if shared else "") + role["zh"],
        family=role["family"],
        grade=role["grade"],
        pay=role["pay"],
        unit=place.id,
        seats=1 if row.get("leads") else seats,
        leads=bool(row.get("leads")),
    )


def _shares(total: int, weights: list[int]) -> list[int]:
    """Split `total` seats by `weights`, largest remainders first, at least one each."""
    exact = [total * weight / sum(weights) for weight in weights]
    parts = [max(1, int(value)) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (int(exact[i]) - exact[i], i))
    for i in by_remainder[: max(0, total - sum(parts))]:
        parts[i] += 1
    return parts


@cache
def organisation(people: int) -> Organisation:
    """The organisation sized for about `people` employees."""
    static, texts = _read("organisation.yml"), _read("roles.yml")
    rows, roles = static["positions"], texts["roles"]
    parents = {row.get("parent") for row in static["units"]}
    sisters = max(1, round(people / PEOPLE_PER_SISTER_TEAM))
    units: dict[str, Unit] = {}
    suffixes: dict[str, list[str]] = {}
    for row in static["units"]:
        repeats = sisters if row["level"] == "team" and row["id"] not in parents else 1
        suffixes[row["id"]] = [""] + [f"{n:02d}" for n in range(2, repeats + 1)]
        for suffix in suffixes[row["id"]]:
            unit = _unit(row, suffix)
            units[unit.id] = unit
    leaders = sum(len(suffixes[row["unit"]]) for row in rows if row.get("leads"))
    staff = [row for row in rows if not row.get("leads")]
    seats = dict(
        zip(
            (row["id"] for row in staff),
            _shares(max(len(staff), people - leaders), [row["seats"] for row in staff]),
            strict=True,
        )
    )
    positions: dict[str, Position] = {}
    for row in rows:
        shared = sum(other["role"] == row["role"] for other in rows) > 1
        places = suffixes[row["unit"]]
        parts = _shares(max(len(places), seats.get(row["id"], 0)), [1] * len(places))
        for suffix, part in zip(places, parts, strict=True):
            place = units[row["unit"] + (f"-{suffix}" if suffix else "")]
            position = _position(row, roles[row["role"]], place, shared or bool(suffix), suffix, part)
            positions[position.id] = position
    return Organisation(units, positions, roles, texts["competencies"])


def duties(org: Organisation) -> list[dict[str, Any]]:
    """Every duty of every position: duty_id, position, measurability, effort and texts."""
    rows = []
    for position in org.positions.values():
        role = org.roles[position.role]
        authority = role.get("authority", ["", ""])
        for number, (measurability, effort, text, text_zh) in enumerate(role["duties"], start=1):
            rows.append(
                {
                    "duty_id": f"DUTY-{position.id.removeprefix('POS-')}-{number}",
                    "position_id": position.id,
                    "text": text,
                    "text_zh": text_zh,
                    "measurability": measurability,
                    "authority": authority[0],
                    "effort_pct": effort,
                    "document": f"JD-{position.role}",
                }
            )
    return rows


def required_competencies(org: Organisation) -> list[dict[str, Any]]:
    """Every competency a position needs, with the level that its grade asks for."""
    rows = []
    for position in org.positions.values():
        needed = list(org.competencies[position.family])
        if position.leads:
            needed += org.competencies["leading"]
        level = min(5, 2 + (int(position.grade[1:]) + (2 if position.grade[0] == "M" else 0)) // 3)
        rows += [
            {
                "competency_id": f"COMP-{code}",
                "position_id": position.id,
                "name": name,
                "name_zh": name_zh,
                "required_level": level,
            }
            for code, name, name_zh in needed
        ]
    return rows
