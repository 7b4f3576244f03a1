"""What people do month by month: working time, absences, pay, training, assessments and surveys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

import numpy as np
import polars as pl

from ingestion.sample.calendar import next_month, workdays_of
from ingestion.sample.draws import key
from ingestion.sample.frames import (
    DAY,
    HOUR,
    date_series,
    date_text,
    delayed,
    moment,
    named,
    stamp,
    with_duplicates,
    with_spoiled,
)
from ingestion.sample.organisation import required_competencies
from ingestion.sample.people import Stint, value_on
from ingestion.sample.registers import manager_spans, primary_stints
from ingestion.sample.sales import Rows
from ingestion.sample.world import World

OVERTIME_CHANCE = {"operations": 0.33, "engineering": 0.3, "sales": 0.16, "service": 0.2}
BONUS_SHARE = {"sales": 0.28, "service": 0.12, "management": 0.2}
COURSES = [
    ("安全生产 Safety at work", 2, 0),
    ("产品知识 Product knowledge", 4, 200),
    ("客户沟通 Talking with customers", 4, 380),
    ("质量工具 Quality tools", 8, 900),
    ("数据分析 Data analysis", 16, 2400),
    ("项目管理 Project management", 16, 2900),
    ("领导力 Leadership", 24, 5200),
]
QUESTIONS = ["Satisfaction", "Recommend employer", "Know my goal", "Good conditions", "Departments help"]
QUESTION_LEVEL = [0.25, 0.1, 0.35, -0.05, -0.1]
WAGE_HOURS = 174
RAISE_PER_YEAR = 0.035
VACATION, SICK = 0, 1


@dataclass
class Work:
    """Hours of one month, one row per person (an index) and day; the absences of the month beside them."""

    person: np.ndarray
    day: np.ndarray
    contract: np.ndarray
    worked: np.ndarray
    overtime: np.ndarray
    absent_person: np.ndarray
    absent_kind: np.ndarray
    absent_first: np.ndarray
    absent_last: np.ndarray
    absent_days: np.ndarray


class PeopleRecords:
    """The records about people, month by month."""

    def __init__(self, world: World) -> None:
        self.world = world
        persons = world.people.persons
        self.ids = np.array([person.id for person in persons], dtype=object)
        self.keys = np.array([person.key for person in persons], dtype=np.uint64)
        self.hired = np.array([person.hired for person in persons])
        self.left = np.array([person.left for person in persons])
        self.ability = np.array([person.ability for person in persons])
        self.contractor = np.array([person.employment_type == "contractor" for person in persons])
        self.work = lru_cache(maxsize=2)(self._work)

    @cached_property
    def stints(self) -> dict[str, list[Stint]]:
        return primary_stints(self.world)

    @cached_property
    def managers(self) -> dict[str, list[tuple[int, int, str | None]]]:
        return {employee: manager_spans(self.world, stints) for employee, stints in self.stints.items()}

    @cached_property
    def share(self) -> np.ndarray:
        """Full-time share of each person, over all positions."""
        total = dict.fromkeys(self.ids, 0.0)
        for stint in self.world.people.stints:
            # A transfer keeps the share; of the primary stints only the first counts.
            if not stint.is_primary or stint is self.stints[stint.person.id][0]:
                total[stint.person.id] += stint.share
        return np.minimum(np.array(list(total.values())), 1.0)

    def stint_on(self, employee: str, day: int) -> Stint:
        """The primary stint on a day, or the last one before it."""
        held = self.stints[employee]
        return next((stint for stint in reversed(held) if stint.first <= day), held[0])

    def families(self, day: int) -> np.ndarray:
        """Job family of each person on a day."""
        return np.array([self.stint_on(employee, day).position.family for employee in self.ids], dtype=object)

    def month(self, first: int) -> Rows:
        """Every HR, payroll and time-keeping row of one month."""
        return [
            ("working_time", self._time_rows(self.work(first))),
            ("absences", self._absence_rows(self.work(first))),
            ("payroll", self._payroll_rows(first)),
            ("training", self._training_rows(first)),
            ("assessments", self._assessment_rows(first)),
            ("surveys", self._survey_rows(first)),
        ]

    def _absent(self, first: int, workdays: np.ndarray) -> tuple[np.ndarray, ...]:
        """Absences of a month: at most one vacation in its first half and one illness in its second."""
        draws, half = self.world.draws, len(workdays) // 2
        parts = []
        for kind, chance, longest, low, high in (
            (VACATION, 0.34, 5, 0, half),
            (SICK, 0.085, 4, half, len(workdays)),
        ):
            keys = key(self.keys, first, kind)
            begin = draws.integers("absence/begin", keys, low, high)
            length = np.minimum(draws.integers("absence/length", keys, 1, longest + 1), high - begin)
            last = workdays[begin + length - 1]
            there = (self.hired + 30 <= workdays[begin]) & (last < self.left)
            chosen = np.flatnonzero(draws.chance("absence", keys, chance) & there)
            parts.append((chosen, np.full(len(chosen), kind), begin[chosen], length[chosen]))
        return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))

    def _work(self, first: int) -> Work:
        """Hours worked on each workday of the month that starts on `first`."""
        draws, workdays = self.world.draws, workdays_of(first)
        absent_person, kind, begin, length = self._absent(first, workdays)
        off = np.zeros((len(self.ids), len(workdays)), dtype=bool)
        for shift in range(5):
            inside = shift < length
            off[absent_person[inside], begin[inside] + shift] = True
        employed = (self.hired[:, None] <= workdays) & (workdays < self.left[:, None])
        column, person = np.nonzero(employed.T)
        day, keys = workdays[column], key(self.keys[person], workdays[column])
        contract = 8.0 * self.share[person]
        away = off[person, column]
        likely = np.array([OVERTIME_CHANCE.get(family, 0.09) for family in self.families(first)])
        rush = np.where(next_month(first) - day <= 6, 1.6, 1.0) * (0.6 + 0.4 * self.ability[person])
        stays = draws.chance("work/overtime?", keys, likely[person] * rush) & ~away
        hours = np.clip(np.round(draws.lognormal("work/overtime", keys, 1.5, 0.5) * 2) / 2, 0.5, 6.0)
        overtime = np.where(stays, hours, 0.0)
        return Work(
            person,
            day,
            contract,
            np.where(away, 0.0, contract + overtime),
            overtime,
            absent_person,
            kind,
            workdays[begin],
            workdays[begin + length - 1],
            length,
        )

    def _time_rows(self, work: Work) -> pl.DataFrame:
        draws, keys = self.world.draws, key(self.keys[work.person], work.day)
        changed = moment(work.day, 19 * HOUR)
        frame = pl.DataFrame(
            {
                "_day": delayed(draws, "work/export", keys, work.day, 0.003),
                "staff_no": named(work.person, self.ids),
                "work_date": date_series(work.day),
                "contract_h": work.contract,
                "worked_h": work.worked,
                "overtime_h": work.overtime,
                "changed_at": pl.Series(changed * 1000).cast(pl.Datetime("ms")),
            }
        )
        again = draws.integers("work/corrected_on", keys, 2, 14)
        corrected = frame.with_columns(
            pl.Series("_day", work.day + again),
            pl.Series("worked_h", np.maximum(work.worked - 0.5, 0)),
            pl.Series("overtime_h", np.maximum(work.overtime - 0.5, 0)),
            pl.Series("changed_at", (changed + again * DAY) * 1000).cast(pl.Datetime("ms")),
        ).filter(pl.Series(draws.chance("work/corrected", keys, 0.003)))
        frame = pl.concat([with_duplicates(frame, draws, "work", keys, 0.0005), corrected])
        return with_spoiled(
            frame, draws, "work", 0.03, {"staff_no": None}, {"worked_h": -8.0}, {"staff_no": "E777777"}
        )

    def _absence_rows(self, work: Work) -> pl.DataFrame:
        keys = key(self.keys[work.absent_person], work.absent_first)
        other = self.world.draws.chance("absence/unpaid", keys, 0.03)
        kind = np.where(other, 2, work.absent_kind)
        frame = pl.DataFrame(
            {
                "_day": delayed(self.world.draws, "absence/export", keys, work.absent_first, 0.03),
                "absence": pl.select(
                    pl.format(
                        "AB{}-{}", date_text(work.absent_first, "%y%m%d"), named(work.absent_person, self.ids)
                    )
                ).to_series(),
                "staff_no": named(work.absent_person, self.ids),
                "kind": named(kind, ["年假", "病假", "事假"]),
                "first_day": date_text(work.absent_first),
                "last_day": date_text(work.absent_last),
                "workdays": pl.Series(work.absent_days).cast(pl.String),
            }
        )
        return with_spoiled(
            frame,
            self.world.draws,
            "absence",
            0.02,
            {"absence": "AB-BAD-1", "kind": "旷工?"},
            {"absence": "AB-BAD-2", "first_day": "2024-13-01"},
        )

    def pay(self, first: int) -> pl.DataFrame:
        """What each person employed in the month costs, with the unit of the primary position."""
        draws, end = self.world.draws, next_month(first)
        days = np.minimum(self.left, end) - np.maximum(self.hired, first)
        paid = np.flatnonzero(days > 0)
        keys = key(self.keys[paid], first)
        stints = [self.stint_on(self.ids[i], end - 1) for i in paid]
        level = np.array([stint.position.pay for stint in stints]) * self.ability[paid] ** 0.25
        month = date.fromordinal(first)
        years = month.year - 2023 - (month.month < 4)
        full = np.round(level * (1 + RAISE_PER_YEAR) ** years, -1)
        base = full * self.share[paid] * days[paid] / (end - first)
        work = self.work(first)
        extra = np.bincount(work.person, work.overtime, minlength=len(self.ids))[paid]
        share = np.array([BONUS_SHARE.get(stint.position.family, 0.06) for stint in stints])
        year_end = np.where(month.month == 1, 0.9, 0.0)
        bonus = base * (
            share * draws.lognormal("pay/bonus", keys, 0.9, 0.45) * np.sqrt(self.ability[paid]) + year_end
        )
        regular = ~self.contractor[paid]
        return pl.DataFrame(
            {
                "person": paid,
                "unit": [stint.position.unit for stint in stints],
                "base": np.round(base, 2),
                "overtime": np.round(extra * full / WAGE_HOURS * 1.5, 2),
                "bonus": np.round(bonus * regular, 2),
                "benefits": np.round(base * 0.06 * regular, 2),
                "employer": np.round(base * 0.29 * regular, 2),
            }
        )

    def _payroll_rows(self, first: int) -> pl.DataFrame:
        """The payroll run on the last day of the month, and corrections with the run of the next month."""
        draws, pay = self.world.draws, self.pay(first)
        closing = next_month(first) - 1
        later = next_month(next_month(first)) - 1
        keys = key(self.keys[pay["person"].to_numpy()], first)
        corrected = pay.with_columns(pl.col("base") * 1.02).filter(
            pl.Series(draws.chance("pay/corrected", keys, 0.012))
        )
        frame = pl.concat([self._payslips(pay, first, closing), self._payslips(corrected, first, later)])
        frame = with_duplicates(frame, draws, "pay", key(np.arange(frame.height), first), 0.002)
        return with_spoiled(
            frame,
            draws,
            "pay",
            0.5,
            {"员工编号": None},
            {"员工编号": "E666666"},
            {"基本工资": "¥-99,999,999,999,999,999,999.00"},
            {"基本工资": "面议"},
        )

    def _payslips(self, pay: pl.DataFrame, first: int, day: int) -> pl.DataFrame:
        def money(name: str) -> pl.Series:
            return pl.Series([f"¥{value:,.2f}" for value in pay[name]], dtype=pl.String)

        height = pay.height
        return pl.DataFrame(
            {
                "_day": np.full(height, day),
                "月份": date_text(np.full(height, first), "%Y%m"),
                "员工编号": named(pay["person"].to_numpy(), self.ids),
                "基本工资": money("base"),
                "加班工资": money("overtime"),
                "奖金": money("bonus"),
                "福利": money("benefits"),
                "单位社保公积金": money("employer"),
                "更新时间": stamp(moment(np.full(height, day), 17 * HOUR), "%Y/%m/%d %H:%M"),
            }
        )

    def _training_rows(self, first: int) -> pl.DataFrame:
        draws, keys, workdays = self.world.draws, key(self.keys, first), workdays_of(first)
        day = workdays[draws.integers("training/day", keys, 0, len(workdays))]
        there = (self.hired <= day) & (day < self.left)
        took = np.flatnonzero(there & draws.chance("training", keys, np.clip(0.2 * self.ability, 0, 0.6)))
        course = draws.pick("training/course", keys, [4, 4, 3, 3, 2, 1.5, 1])[took]
        late = keys[took]
        frame = pl.DataFrame(
            {
                "_day": delayed(draws, "training/export", late, day[took], 0.02),
                "record": pl.select(
                    pl.format("TR{}-{}", date_text(day[took], "%y%m%d"), named(took, self.ids))
                ).to_series(),
                "staff": named(took, self.ids),
                "course": named(course, [name for name, _, _ in COURSES]),
                "hours": named(course, [f"{hours} h" for _, hours, _ in COURSES]),
                "cost": named(course, [f"¥{cost:,.2f}" for _, _, cost in COURSES]),
                "completed": date_text(day[took], "%d.%m.%Y"),
            }
        )
        return with_spoiled(
            frame,
            draws,
            "training",
            0.03,
            {"record": "TR-BAD-1", "hours": "半天"},
            {"record": "TR-BAD-2", "completed": "30.02.2025"},
        )

    @cached_property
    def _needs(self) -> dict[str, list[tuple[str, int]]]:
        found: dict[str, list[tuple[str, int]]] = {}
        for need in required_competencies(self.world.org):
            found.setdefault(need["position_id"], []).append((need["competency_id"], need["required_level"]))
        return found

    def _assessment_rows(self, first: int) -> pl.DataFrame:
        """In June and December every manager assesses his people against what their positions need."""
        workdays = workdays_of(first)
        rounds = date.fromordinal(first).month in (6, 12)
        at = workdays[self.world.draws.integers("assessment/day", key(self.keys, first), 2, len(workdays))]
        present = (
            np.flatnonzero((self.hired + 60 <= at) & (at < self.left)) if rounds else np.array([], dtype=int)
        )
        rows = [
            (int(i), int(at[i]), competency, required, value_on(self.managers[self.ids[i]], int(at[i])))
            for i in present
            for competency, required in self._needs[self.stint_on(self.ids[i], int(at[i])).position.id]
        ]
        who = np.array([row[0] for row in rows], dtype=np.int64)
        day = np.array([row[1] for row in rows], dtype=np.int64)
        keys = (
            key(self.keys[who], first, np.arange(len(rows)) - np.searchsorted(who, who))
            if rows
            else self.keys[:0]
        )
        level = np.array([row[3] for row in rows], dtype=np.float64) + np.log(self.ability[who]) * 1.6
        level = np.clip(np.rint(level + 0.55 * self.world.draws.normal("assessment/level", keys)), 1, 5)
        return pl.DataFrame(
            {
                "_day": day,
                "staff": named(who, self.ids),
                "competency": pl.Series([row[2] for row in rows], dtype=pl.String),
                "level": level.astype(np.int64),
                "assessor": pl.Series([row[4] for row in rows], dtype=pl.String),
                "assessed": date_text(day),
            }
        )

    def _survey_rows(self, first: int) -> pl.DataFrame:
        """In May and November most people answer the engagement survey; some stay anonymous."""
        draws, workdays = self.world.draws, workdays_of(first)
        keys = key(self.keys, first)
        day = workdays[draws.integers("survey/day", keys, 5, len(workdays))]
        answers = draws.chance("survey", keys, 0.78) & (self.hired + 30 <= day) & (day < self.left)
        rounds = date.fromordinal(first).month in (5, 11)
        who = np.flatnonzero(answers) if rounds else np.array([], dtype=np.int64)
        keys, day = keys[who], day[who]
        unit = [self.stint_on(self.ids[i], int(d)).position.unit for i, d in zip(who, day, strict=True)]
        mood = 0.5 * draws.normal("survey/mood", keys) + 0.3 * np.log(self.ability[who])
        hidden = draws.chance("survey/anonymous", keys, 0.15)
        columns = {}
        for number, question in enumerate(QUESTIONS):
            each = key(keys, number)
            felt = 3.75 + QUESTION_LEVEL[number] + mood + 0.75 * draws.normal("survey/score", each)
            score = np.clip(np.rint(felt), 1, 5).astype(np.int64)
            columns[f"Q:{question}"] = named(
                np.where(draws.chance("survey/skip", each, 0.02), -1, score), list("012345")
            )
        number = draws.integers("survey/number", keys, 0, 2**40)
        return pl.DataFrame(
            {
                "_day": day,
                "Response": pl.select(
                    pl.format("SV{}-{}", date_text(day, "%y%m"), pl.Series(number))
                ).to_series(),
                "Answered": date_text(day, "%d %b %Y"),
                "Staff": named(np.where(hidden, -1, who), self.ids),
                "Unit": pl.Series(unit, dtype=pl.String),
                **columns,
            }
        )
