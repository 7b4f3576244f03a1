"""Ideas that people hand in, what becomes of them, and the projects and attempts that grow out of some.

Two campaigns a year bring more of them; developers have ideas for products, the shop floor for processes,
sales and marketing for new business. A person's gift for ideas is uneven, and stays.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from ingestion.sample.calendar import new_year_factor, workdays_of
from ingestion.sample.draws import key
from ingestion.sample.frames import (
    HOUR,
    NEVER,
    as_of,
    date_text,
    day_of,
    delayed,
    latest,
    moment,
    named,
    on_workday,
    stamp,
    versions,
    with_duplicates,
    with_spoiled,
)
from ingestion.sample.hr import PeopleRecords
from ingestion.sample.sales import Rows
from ingestion.sample.world import World

# Chance per person and month of handing one in, by kind and job family; others have the last figure.
KINDS = {
    "创新建议": ({"engineering": 0.07, "service": 0.035, "solutions": 0.06}, 0.022),
    "流程优化": ({"operations": 0.06, "service": 0.05, "corporate": 0.055}, 0.03),
    "创新项目": ({"engineering": 0.012, "management": 0.02}, 0.0025),
    "新业务尝试": ({"sales": 0.014, "marketing": 0.03, "management": 0.02}, 0.0012),
}
ACCEPTED = np.array([0.42, 0.55, 0.6, 0.5])
PUT_INTO_PRACTICE = np.array([0.6, 0.78, 0.8, 0.65])
DAYS_TO_DECISION = np.array([16, 11, 24, 20])
DAYS_TO_PRACTICE = np.array([60, 35, 110, 80])
CAMPAIGN_MONTHS = {3: 2.1, 4: 1.3, 9: 1.9, 10: 1.2, 2: 0.7}
STATES = ("待评审", "未采纳", "已采纳", "已实施")


class Innovation:
    """The suggestion form, month by month."""

    def __init__(self, world: World, people: PeopleRecords) -> None:
        self.world = world
        self.people = people

    def month(self, first: int) -> Rows:
        """Every row of the form that follows from what was handed in in one month."""
        draws, people = self.world.draws, self.people
        who, kind, day = self._handed_in(first)
        keys = key(people.keys[who], first, kind)
        submitted = moment(day, 10 * HOUR)
        wait = np.clip(draws.lognormal("idea/decision", keys, DAYS_TO_DECISION[kind], 0.5), 2, 80)
        decided = moment(on_workday(day + wait.astype(np.int64)), 16 * HOUR)
        accepted = draws.chance("idea/accepted", keys, ACCEPTED[kind] * people.ability[who] ** 0.3)
        effort = np.clip(draws.lognormal("idea/practice", keys, DAYS_TO_PRACTICE[kind], 0.45), 5, 150)
        done = moment(on_workday(day_of(decided) + effort.astype(np.int64)), 17 * HOUR)
        lives = accepted & draws.chance("idea/in_practice", keys, PUT_INTO_PRACTICE[kind])
        done = np.where(lives, done, NEVER)
        partners = draws.counts("idea/partners", keys, np.where(kind == 2, 1.6, 0.25))
        index, at = versions(submitted, decided, done)
        decided_then, done_then = as_of(decided, index, at), as_of(done, index, at)
        state = np.where(decided_then < NEVER, np.where(accepted[index], 2, 1), 0)
        changed = latest(submitted[index], decided_then, done_then)
        frame = pl.DataFrame(
            {
                "_day": delayed(draws, "idea/export", key(keys[index], at), at, 0.01),
                "编号": pl.select(
                    pl.format(
                        "ID{}-{}{}",
                        date_text(day[index], "%y%m%d"),
                        named(who[index], people.ids),
                        pl.Series(kind[index]),
                    )
                ).to_series(),
                "类别": named(kind[index], list(KINDS)),
                "提交人": named(who[index], people.ids),
                "协同部门数": pl.Series(partners[index]).cast(pl.String),
                "提交日期": date_text(day[index], "%Y/%m/%d"),
                "评审日期": stamp(decided_then, "%Y/%m/%d"),
                "实施日期": stamp(done_then, "%Y/%m/%d"),
                "状态": named(np.where(done_then < NEVER, 3, state), list(STATES)),
                "更新时间": stamp(changed, "%Y/%m/%d %H:%M"),
            }
        )
        frame = with_duplicates(frame, draws, "idea", key(keys[index], at), 0.003)
        return [
            (
                "submissions",
                with_spoiled(frame, draws, "idea", 0.03, {"编号": "ID-BAD", "类别": "吐槽?"}, {"编号": None}),
            )
        ]

    def _handed_in(self, first: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Who handed in what on which day of the month that starts on `first`."""
        draws, people, workdays = self.world.draws, self.people, workdays_of(first)
        families = people.families(first)
        gift = draws.lognormal("idea/gift", people.keys, 0.75, 0.75)
        season = CAMPAIGN_MONTHS.get(date.fromordinal(first).month, 0.9)
        found = []
        for kind, (by_family, otherwise) in enumerate(KINDS.values()):
            keys = key(people.keys, first, kind)
            day = workdays[draws.integers("idea/day", keys, 0, len(workdays))]
            likely = np.array([by_family.get(family, otherwise) for family in families])
            calm = np.array([new_year_factor(int(d)) for d in day])
            there = (people.hired + 30 <= day) & (day < people.left)
            who = np.flatnonzero(there & draws.chance("idea", keys, likely * gift * season * calm))
            found.append((who, np.full(len(who), kind), day[who]))
        return tuple(np.concatenate(columns) for columns in zip(*found, strict=True))
