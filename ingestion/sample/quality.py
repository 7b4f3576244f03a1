"""Product quality and the upkeep of production.

Inspections of lots, maintenance orders, improvements of processes, and what units think of one another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from ingestion.sample.calendar import days_of, workdays_of
from ingestion.sample.draws import key
from ingestion.sample.frames import (
    HOUR,
    NEVER,
    as_of,
    code,
    date_text,
    day_of,
    ident,
    latest,
    moment,
    named,
    on_workday,
    running_numbers,
    stamp,
    versions,
    with_duplicates,
    with_spoiled,
    working_moment,
)
from ingestion.sample.orders import PRODUCT_CODES
from ingestion.sample.sales import Rows
from ingestion.sample.workflow import LINES
from ingestion.sample.world import World

KINDS = ["来料检验", "过程检验", "出货检验"]
VERDICTS = ["合格", "不合格"]
PEOPLE_PER_MACHINE = 14
IMPROVED = ["production", "purchasing", "order_fulfilment"]
RATED_DEPARTMENTS = [
    "OU-DEP-PROCUREMENT",
    "OU-DEP-LOGISTICS",
    "OU-DEP-QUALITY",
    "OU-DEP-TEST",
    "OU-DEP-SOLUTIONS",
    "OU-DEP-SERVICE-QUALITY",
    "OU-DEP-FINANCE",
    "OU-DEP-HR",
    "OU-DEP-IT",
    "OU-DEP-ADMIN",
]
RATING_DEPARTMENTS = ["OU-DEP-PRODUCTION", "OU-DEP-SALES-EAST", "OU-DEP-SALES-SOUTH", "OU-DEP-SUPPORT"]
RATING_EDGES = [-2.2, -1.5, -0.75, 0.55]


@dataclass
class Lots:
    """Lots that came up for inspection in one month."""

    ids: pl.Series
    keys: np.ndarray
    kind: np.ndarray
    inspector: np.ndarray
    created: np.ndarray
    due: np.ndarray
    inspected: np.ndarray


class Quality:
    """Quality and upkeep, month by month."""

    def __init__(self, world: World) -> None:
        self.world = world

    def month(self, first: int) -> Rows:
        """Every row that follows from what begins in one month."""
        return [
            ("inspections", self._inspection_rows(self._lots(first))),
            ("maintenance", self._maintenance_rows(first)),
            ("improvements", self._improvement_rows(first)),
            ("internal_ratings", self._rating_rows(first)),
        ]

    def _lots(self, first: int) -> Lots:
        draws, roster = self.world.draws, self.world.roster
        days = days_of(first)
        counts = self.world.births("inspection", days, 1.05, ("inspect",))
        day, number = np.repeat(days, counts), running_numbers(counts)
        keys = key(day, number)
        created = working_moment(draws, "inspection/at", keys, day)
        kind = draws.pick("inspection/kind", keys, [38, 34, 28])
        allowed = np.array([48, 12, 24])[kind] * HOUR
        taken = draws.lognormal("inspection/taken", keys, 0.45, 0.6) * allowed
        forgotten = draws.chance("inspection/forgotten", keys, np.array([0.03, 0.05, 0.008])[kind])
        return Lots(
            ids=ident("QC", day, number, 4),
            keys=keys,
            kind=kind,
            inspector=roster.pick("inspect", day, draws.uniform("inspection/by", keys)),
            created=created,
            due=created + allowed,
            inspected=np.where(forgotten, NEVER, created + taken.astype(np.int64)),
        )

    def _inspection_rows(self, lots: Lots) -> pl.DataFrame:
        """A lot is exported when it comes up and when it has been inspected."""
        draws, ids = self.world.draws, self.world.roster.ids
        index, day = versions(lots.created, lots.inspected)
        inspected = as_of(lots.inspected, index, day)
        known = pl.Series(inspected < NEVER)
        units = 4 + draws.integers("inspection/units", lots.keys, 0, 29)
        defects = draws.counts("inspection/defects", lots.keys, units * 0.021)
        defective = np.minimum(np.ceil(defects / 1.3).astype(np.int64), units)
        places = np.array([6, 14, 22])[lots.kind]
        rejected = defective / units > 0.075

        def once_known(values: np.ndarray) -> pl.Series:
            return pl.Series(values[index]).set(~known, None)

        frame = pl.DataFrame(
            {
                "_day": day,
                "检验单": lots.ids.gather(index),
                "类别": named(lots.kind[index], KINDS),
                "物料": named(draws.integers("inspection/product", lots.keys, 0, 11)[index], PRODUCT_CODES),
                "应检时间": stamp(lots.due[index]),
                "检验时间": stamp(inspected),
                "判定": named(np.where(known, rejected[index].astype(int), -1), VERDICTS),
                "检验数": once_known(units),
                "不合格数": once_known(defective),
                "缺陷数": once_known(defects),
                "缺陷机会": places[index],
                "检验员": named(lots.inspector[index], ids),
                "修改时间": stamp(latest(lots.created[index], inspected)),
            }
        )
        frame = with_duplicates(frame, draws, "inspection", key(lots.keys[index], day), 0.002)
        return with_spoiled(frame, draws, "inspection", 0.01, {"检验单": "QC-BAD", "类别": "抽查?"})

    def _maintenance_rows(self, first: int) -> pl.DataFrame:
        """Every machine is serviced once a month; some break down between."""
        draws = self.world.draws
        machines = np.arange(max(6, self.world.size // PEOPLE_PER_MACHINE))
        broken = draws.chance("maintenance/broken", key(machines, first), 0.22)
        machine = np.concatenate([machines, machines[broken]])
        corrective = np.concatenate([np.zeros(len(machines), dtype=int), np.ones(broken.sum(), dtype=int)])
        keys = key(machine, first, corrective)
        due = on_workday(first + draws.integers("maintenance/due", key(machine, corrective), 1, 27))
        created = np.where(corrective == 1, moment(due - 1, 9 * HOUR), moment(np.full(len(due), first), HOUR))
        delay = np.rint(-1.6 + 2.1 * draws.normal("maintenance/delay", keys)).astype(np.int64)
        done_on = on_workday(np.maximum(due + delay, day_of(created)))
        done = working_moment(draws, "maintenance/done", keys, done_on)
        done = np.where(
            draws.chance("maintenance/skipped", keys, 0.03), NEVER, np.maximum(done, created + HOUR)
        )
        who = self.world.roster.pick("calibrate", done_on, draws.uniform("maintenance/by", keys))
        index, day = versions(created, done)
        finished = as_of(done, index, day)
        return pl.DataFrame(
            {
                "_day": day,
                "order": pl.select(
                    pl.format(
                        "PM{}-{}-{}",
                        date_text(np.full(len(index), first), "%y%m"),
                        pl.Series(machine[index]),
                        pl.Series(corrective[index]),
                    )
                ).to_series(),
                "machine": code("EQ", machine[index], 3),
                "kind": named(corrective[index], ["planned", "breakdown"]),
                "due": date_text(due[index], "%d.%m.%Y"),
                "done": stamp(finished, "%d.%m.%Y %H:%M"),
                "fitter": named(np.where(finished < NEVER, who[index], -1), self.world.roster.ids),
                "line": named((machine % len(LINES))[index], LINES),
                "changed": stamp(latest(created[index], finished)),
            }
        )

    def _improvement_rows(self, first: int) -> pl.DataFrame:
        draws, roster = self.world.draws, self.world.roster
        days = days_of(first)
        counts = self.world.births("improvement", days, 0.0055, ("assemble", "calibrate", "inspect"))
        day, number = np.repeat(days, counts), running_numbers(counts)
        keys = key(day, number)
        ends = day + 15 + draws.integers("improvement/days", keys, 0, 120)
        end = moment(on_workday(ends), 16 * HOUR)
        dropped = draws.chance("improvement/dropped", keys, 0.18)
        opened = moment(day, 10 * HOUR)
        index, exported = versions(opened, end)
        ended = as_of(end, index, exported) < NEVER
        return pl.DataFrame(
            {
                "_day": exported,
                "id": ident("IM", day, number, 3).gather(index),
                "process": named(draws.pick("improvement/process", keys, [70, 15, 15])[index], IMPROVED),
                "opened": date_text(day[index]),
                "closed": date_text(day_of(end)[index]).set(pl.Series(~ended | dropped[index]), None),
                "state": named(
                    np.where(ended, 1 + dropped[index].astype(int), 0), ["running", "effective", "given up"]
                ),
                "leader": named(
                    roster.pick("improve", day, draws.uniform("improvement/by", keys))[index], roster.ids
                ),
                "changed": stamp(np.where(ended, end[index], opened[index])),
            }
        )

    def _rating_rows(self, first: int) -> pl.DataFrame:
        """Every workday a shift rates the handover of the other, once a month departments rate each other."""
        handovers = self._ratings(first, "shift_handover", workdays_of(first), LINES, LINES[::-1])
        rounds = workdays_of(first)[4:5].repeat(3 * len(RATED_DEPARTMENTS))
        services = self._ratings(first, "cross_department", rounds, RATED_DEPARTMENTS, RATING_DEPARTMENTS)
        return pl.concat([handovers, services])

    def _ratings(
        self, first: int, kind: str, days: np.ndarray, rated: list[str], rating: list[str]
    ) -> pl.DataFrame:
        draws, number = self.world.draws, np.arange(len(days))
        keys = key(number, first)
        mood = draws.normal(f"{kind}/mood", keys) + 0.3 * draws.normal(f"{kind}/unit", number % len(rated))
        return pl.DataFrame(
            {
                "_day": days,
                "rating": ident(kind[:5].upper(), days, number, 3),
                "kind": [kind] * len(days),
                "rated": named(number % len(rated), rated),
                "by": named(number % len(rating), rating),
                "score": 1 + np.searchsorted(RATING_EDGES, mood),
                "on": date_text(days),
            },
            schema_overrides={"kind": pl.String},
        ).filter(pl.Series(~draws.chance(f"{kind}/silent", keys, 0.2)))
