"""Research and development.

Work items and the steps they go through, requirement → development → test → release.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from ingestion.sample.calendar import days_of
from ingestion.sample.draws import key
from ingestion.sample.frames import (
    NEVER,
    as_of,
    date_text,
    ident,
    latest,
    named,
    on_workday,
    running_numbers,
    stamp,
    versions,
    working_moment,
)
from ingestion.sample.sales import Rows
from ingestion.sample.world import World

TYPES = ("requirement", "task", "bug", "release")
USUAL_DAYS = np.array([24, 11, 7, 16])
SUBJECTS = (
    "detector drift",
    "export report",
    "user rights",
    "pump control",
    "calibration curve",
    "touch screen",
    "alarm log",
    "data sync",
)
STEPS = ["requirement", "development", "test", "release"]
OUTCOMES = ["started", "passed", "failed"]
STARTED, PASSED, FAILED = range(3)
TIME = "%Y-%m-%dT%H:%M:%S"


@dataclass
class Items:
    """Work items begun in one month; `steps` lists (moment, step, outcome) of every item."""

    ids: pl.Series
    keys: np.ndarray
    type: np.ndarray
    developer: np.ndarray
    tester: np.ndarray
    created: np.ndarray
    due: np.ndarray
    reworked: np.ndarray
    done: np.ndarray
    steps: list[tuple[np.ndarray, int, int]]


class Development:
    """The development process, month by month."""

    def __init__(self, world: World) -> None:
        self.world = world

    def month(self, first: int) -> Rows:
        """The item tracker's rows that follow from the items begun in one month."""
        return [("work_items", self._item_rows(self._items(first)))]

    def _items(self, first: int) -> Items:
        draws, roster = self.world.draws, self.world.roster
        days = days_of(first)
        counts = self.world.births("item", days, 0.17, ("develop",))
        day, number = np.repeat(days, counts), running_numbers(counts)
        keys = key(day, number)
        kind = draws.pick("item/type", keys, [22, 42, 31, 5])
        developer = roster.pick("develop", day, draws.uniform("item/developer", keys))
        ability = np.where(developer >= 0, roster.ability[np.maximum(developer, 0)], 1.0)
        planned = np.maximum(3, USUAL_DAYS[kind] * (0.7 + 0.7 * draws.uniform("item/planned", keys)))
        due = on_workday(day + planned.astype(np.int64))
        created = working_moment(draws, "item/created", keys, day)
        reworks = draws.chance("item/reworks", keys, np.clip(0.17 / ability, 0, 0.6))
        pace = (
            np.exp(-0.38 + 0.36 * draws.normal("item/pace", keys))
            * np.where(reworks, 1.25, 1.0)
            / ability**0.15
        )
        end_day = on_workday(np.maximum(day + 1, day + (np.ceil((due - day) * pace)).astype(np.int64)))
        end = working_moment(draws, "item/end", keys, end_day)
        dropped = draws.chance("item/dropped", keys, 0.04)

        def at(share: float) -> np.ndarray:
            return created + ((end - created) * share).astype(np.int64)

        def only(chosen: np.ndarray, moments: np.ndarray) -> np.ndarray:
            return np.where(chosen & ~dropped, moments, NEVER)

        everyone = np.ones(len(keys), dtype=bool)
        steps = [
            (at(0.0), 0, STARTED),
            (at(0.12), 0, PASSED),
            (at(0.15), 1, STARTED),
            (only(everyone, at(0.5)), 1, PASSED),
            (only(reworks, at(0.6)), 2, FAILED),
            (only(reworks, at(0.78)), 1, PASSED),
            (only(everyone, at(0.9)), 2, PASSED),
            (only(everyone, end), 3, PASSED),
        ]
        return Items(
            ids=ident("WI", day, number),
            keys=keys,
            type=kind,
            developer=np.where(draws.chance("item/nobody", keys, 0.01), -1, developer),
            tester=roster.pick("test", day, draws.uniform("item/tester", keys)),
            created=created,
            due=due,
            reworked=only(reworks, at(0.6)),
            done=only(everyone, end),
            steps=steps,
        )

    def _item_rows(self, items: Items) -> pl.DataFrame:
        draws, ids = self.world.draws, self.world.roster.ids
        index, day = versions(items.created, items.reworked, items.done)
        done, reworked = as_of(items.done, index, day), as_of(items.reworked, index, day)
        title = draws.integers("item/title", items.keys, 0, len(SUBJECTS))[index]
        verbs = named(items.type[index], ["Specify", "Implement", "Fix", "Release"])
        return pl.DataFrame(
            {
                "_day": day,
                "key": items.ids.gather(index),
                "type": named(items.type[index], list(TYPES)),
                "title": pl.select(pl.format("{} {}", verbs, named(title, list(SUBJECTS)))).to_series(),
                "assignee": named(items.developer[index], ids),
                "team": named(np.where(items.developer < 0, 0, -1)[index], ["OU-DIV-RD"]),
                "created": stamp(items.created[index], TIME),
                "due": date_text(items.due[index]),
                "done": stamp(done, TIME),
                "state": named(np.where(done < NEVER, 2, 1), ["todo", "doing", "done"]),
                "rework": (reworked < NEVER).astype(int),
                "updated": stamp(latest(items.created[index], reworked, done), TIME),
                "history": self._history(items, index, day),
            }
        )

    def _history(self, items: Items, index: np.ndarray, day: np.ndarray) -> pl.Series:
        """For each exported item the list of its steps up to the export's day."""
        ids = self.world.roster.ids
        row = np.tile(np.arange(len(index)), len(items.steps))
        number = np.repeat(np.arange(len(items.steps)), len(index))
        at = np.concatenate([as_of(step[0], index, day) for step in items.steps])
        happened = np.flatnonzero(at < NEVER)
        row, number, at = row[happened], number[happened], at[happened]
        step = np.array([step[1] for step in items.steps])[number]
        robot = (step == 2) & self.world.draws.chance("item/robot", key(items.keys[index[row]], number), 0.45)
        actor = np.where(step == 2, items.tester[index[row]], items.developer[index[row]])
        entries = pl.DataFrame(
            {
                "id": pl.select(
                    pl.format("{}.{}", items.ids.gather(index[row]), pl.Series(number + 1))
                ).to_series(),
                "step": named(step, STEPS),
                "outcome": named(np.array([step[2] for step in items.steps])[number], OUTCOMES),
                "by": named(np.where(robot, -1, actor), ids),
                "bot": robot,
                "at": stamp(at, TIME),
            }
        ).to_struct("history")
        lists = (
            pl.DataFrame({"row": row, "at": at, "number": number, "history": entries})
            .sort("row", "at", "number")
            .group_by("row", maintain_order=True)
            .agg("history")
        )
        return pl.DataFrame({"row": np.arange(len(index))}).join(
            lists, on="row", how="left", maintain_order="left"
        )["history"]
