"""Deployments of software, projects, and who works with which system."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingestion.sample.calendar import days_of
from ingestion.sample.draws import key
from ingestion.sample.frames import (
    HOUR,
    NEVER,
    as_of,
    date_text,
    day_of,
    ident,
    latest,
    moment,
    named,
    on_workday,
    running_numbers,
    stamp,
    utc,
    versions,
    with_duplicates,
    working_moment,
)
from ingestion.sample.sales import Rows
from ingestion.sample.world import REGIONS, World

PRODUCTS = ["cloud", "firmware", "app"]
PROJECT_KINDS = ["customer", "development", "internal"]
PROJECT_LEADERS = ("solutions", "lead_projects", "lead_projects")
# System, who uses it, sessions per head and workday.
SYSTEMS = (
    ("CRM", REGIONS, 0.35),
    ("Knowledge base", ("hotline", "support", "field"), 0.2),
    ("Shop floor", ("assemble", "calibrate"), 0.15),
)


class Technology:
    """Deployments, projects and sessions, month by month."""

    def __init__(self, world: World) -> None:
        self.world = world

    def month(self, first: int) -> Rows:
        """Every row that follows from what begins in one month."""
        return [
            ("deployments", self._deployment_rows(first)),
            ("projects", self._project_rows(first)),
            ("sessions", pl.concat([self._session_rows(first, *system) for system in SYSTEMS])),
        ]

    def _births(self, stream: str, first: int, per_head: float, groups: tuple[str, ...]):
        """Days of what begins in a month, a number within each day, and a key."""
        days = days_of(first)
        counts = self.world.births(stream, days, per_head, groups)
        day, number = np.repeat(days, counts), running_numbers(counts)
        return day, number, key(day, number)

    def _deployment_rows(self, first: int) -> pl.DataFrame:
        """A deployment is exported when it goes live, and again when a failed one has been repaired."""
        draws, roster = self.world.draws, self.world.roster
        day, number, keys = self._births("deployment", first, 0.032, ("develop",))
        live = working_moment(draws, "deployment/at", keys, day)
        lead = (draws.lognormal("deployment/lead", keys, 52, 0.9) * HOUR).astype(np.int64)
        fails = draws.chance("deployment/fails", keys, 0.12)
        repair = (draws.lognormal("deployment/repair", keys, 2.6, 0.8) * HOUR).astype(np.int64)
        restored = np.where(fails, live + repair, NEVER)
        index, exported = versions(live, restored)
        back = as_of(restored, index, exported)
        by = roster.pick("develop", day, draws.uniform("deployment/by", keys))
        return pl.DataFrame(
            {
                "_day": exported,
                "id": ident("DP", day, number, 3).gather(index),
                "product": named(draws.pick("deployment/product", keys, [55, 20, 25])[index], PRODUCTS),
                "first_commit": utc((live - lead)[index]),
                "live": utc(live[index]),
                "failed": pl.Series(fails[index]),
                "restored": utc(back),
                "by": named(by[index], roster.ids),
                "changed": utc(latest(live[index], back)),
            }
        )

    def _project_rows(self, first: int) -> pl.DataFrame:
        """A project is exported when it begins and when it ends."""
        draws, roster = self.world.draws, self.world.roster
        day, number, keys = self._births("project", first, 0.0075, ("solutions", "develop"))
        kind = draws.pick("project/kind", keys, [60, 25, 15])
        planned = 35 + draws.integers("project/days", keys, 0, 100)
        due = on_workday(day + planned)
        pace = np.minimum(np.exp(-0.05 + 0.22 * draws.normal("project/pace", keys)), 1.7)
        ended_on = on_workday(day + np.maximum(5, np.rint(planned * pace)).astype(np.int64))
        begun, end = moment(day, 9 * HOUR), moment(ended_on, 17 * HOUR)
        cancelled = draws.chance("project/cancelled", keys, 0.05)
        leaders = [roster.pick(g, day, draws.uniform("project/by", keys)) for g in PROJECT_LEADERS]
        index, exported = versions(begun, end)
        ended = as_of(end, index, exported) < NEVER
        state = np.where(ended, 1 + cancelled[index].astype(int), 0)
        return pl.DataFrame(
            {
                "_day": exported,
                "project": ident("PJ", day, number, 3).gather(index),
                "kind": named(kind[index], PROJECT_KINDS),
                "start": date_text(day[index], "%d %b %Y"),
                "promised": date_text(due[index], "%d %b %Y"),
                "accepted": date_text(ended_on[index], "%d %b %Y").set(
                    pl.Series(~ended | cancelled[index]), None
                ),
                "state": named(state, ["running", "accepted", "stopped"]),
                "leader": named(np.choose(kind, leaders)[index], roster.ids),
                "changed": stamp(np.where(ended, end[index], begun[index])),
            }
        )

    def _session_rows(
        self, first: int, system: str, groups: tuple[str, ...], per_head: float
    ) -> pl.DataFrame:
        draws, roster = self.world.draws, self.world.roster
        frames = []
        for group in groups:
            day, number, keys = self._births(f"session/{system}/{group}", first, per_head, (group,))
            who = roster.pick(group, day, draws.uniform(f"session/{group}", keys))
            begun = working_moment(draws, f"session/{group}/at", keys, day)
            frames.append(
                pl.DataFrame(
                    {
                        "_day": day_of(begun),
                        "session": ident(f"{system[:2].upper()}{group[:4]}", day, number, 4),
                        "system": [system] * len(day),
                        "staff": named(who, roster.ids),
                        "login": stamp(begun, "%Y/%m/%d %H:%M:%S"),
                    },
                    schema_overrides={"system": pl.String},
                ).filter(pl.Series(who >= 0))
            )
        frame = pl.concat(frames)
        return with_duplicates(frame, draws, "session", key(np.arange(frame.height), first), 0.001)
