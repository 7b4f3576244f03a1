"""Small tools for building export rows: moments, identifiers, versions of a record, planted imperfections.

A moment is a whole number of seconds of local time since 1970; NEVER stands for what has not happened. A
frame of export rows carries `_day`, the day (ordinal) on which the system exports the row.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from ingestion.sample.calendar import UNIX_EPOCH, is_workday
from ingestion.sample.draws import Draws, key

NEVER = 2**40
DAY = 86_400
HOUR = 3_600
CHINA_OFFSET = 8 * HOUR


def moment(days: np.ndarray, seconds: np.ndarray | int) -> np.ndarray:
    """The moment of a day (ordinal) and a time of day in seconds."""
    return ((days - UNIX_EPOCH) * DAY + np.asarray(seconds)).astype(np.int64)


def day_of(moments: np.ndarray) -> np.ndarray:
    """The day (ordinal) of each moment."""
    return moments // DAY + UNIX_EPOCH


def working_moment(draws: Draws, stream: str, keys: np.ndarray, days: np.ndarray) -> np.ndarray:
    """A moment within the working hours of each day, most of them in mid-morning and mid-afternoon."""
    afternoon = draws.chance(stream + "/half", keys, 0.45)
    hour = np.where(afternoon, 15.2, 10.2) + 1.15 * draws.normal(stream + "/hour", keys)
    return moment(days, np.clip(hour * HOUR, 8.1 * HOUR, 20.9 * HOUR).astype(np.int64))


def on_workday(days: np.ndarray) -> np.ndarray:
    """Each day, or the next workday after it."""
    unique, where = np.unique(days, return_inverse=True)
    moved = []
    for day in unique.tolist():
        while not is_workday(day):
            day += 1
        moved.append(day)
    return np.array(moved, dtype=np.int64)[where] if len(unique) else days


def stamp(moments: np.ndarray, pattern: str = "%Y-%m-%d %H:%M:%S", shift: int = 0) -> pl.Series:
    """Moments as text, `shift` seconds moved (to UTC, say); null where NEVER."""
    known = moments < NEVER
    series = pl.Series(np.where(known, moments + shift, 0)).cast(pl.Int64)
    text = pl.from_epoch(series, time_unit="s").dt.strftime(pattern)
    return text.set(pl.Series(~known), None)


def utc(moments: np.ndarray) -> pl.Series:
    """Moments as ISO text in UTC."""
    return stamp(moments, "%Y-%m-%dT%H:%M:%SZ", -CHINA_OFFSET)


def date_series(days: np.ndarray) -> pl.Series:
    """Days (ordinals) as dates."""
    return pl.Series((np.asarray(days) - UNIX_EPOCH).astype(np.int32)).cast(pl.Date)


def date_text(days: np.ndarray, pattern: str = "%Y-%m-%d") -> pl.Series:
    """Days (ordinals) as text."""
    return date_series(days).dt.strftime(pattern)


def ident(prefix: str, days: np.ndarray, numbers: np.ndarray, width: int = 5) -> pl.Series:
    """Identifiers such as SO260630-00012."""
    number = pl.Series(np.asarray(numbers)).cast(pl.String).str.zfill(width)
    return pl.select(pl.format("{}{}-{}", pl.lit(prefix), date_text(days, "%y%m%d"), number)).to_series()


def code(prefix: str, numbers: np.ndarray, width: int) -> pl.Series:
    """Identifiers such as AC00042."""
    number = pl.Series(np.asarray(numbers)).cast(pl.String).str.zfill(width)
    return pl.select(pl.format("{}{}", pl.lit(prefix), number)).to_series()


def named(indexes: np.ndarray, names: np.ndarray | list) -> pl.Series:
    """Names by index; null where the index is negative."""
    series = pl.Series(names, dtype=pl.String) if len(names) else pl.Series([None], dtype=pl.String)
    return series.gather(np.maximum(indexes, 0)).set(pl.Series(indexes < 0), None)


def running_numbers(counts: np.ndarray) -> np.ndarray:
    """0, 1, … within each group of the given sizes."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def versions(*moments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which record changed on which day: indexes and days (ordinals), one pair per day with a change."""
    count = len(moments[0])
    index = np.tile(np.arange(count), len(moments))
    flat = np.concatenate(moments)
    happened = flat < NEVER
    pairs = np.unique(index[happened] * 2**21 + day_of(flat[happened]))
    return pairs // 2**21, pairs % 2**21


def as_of(moments: np.ndarray, index: np.ndarray, days: np.ndarray) -> np.ndarray:
    """What was known of `moments[index]` at the end of each day."""
    chosen = moments[index]
    return np.where(chosen < moment(days + 1, 0), chosen, NEVER)


def latest(*moments: np.ndarray) -> np.ndarray:
    """The latest of the moments that happened."""
    return np.max(np.stack([np.where(m < NEVER, m, 0) for m in moments]), axis=0)


def delayed(draws: Draws, stream: str, keys: np.ndarray, days: np.ndarray, share: float) -> np.ndarray:
    """Days on which rows are exported: a `share` of them arrives 3 to 24 days late."""
    late = draws.chance(stream + "/late", keys, share)
    return days + np.where(late, draws.integers(stream + "/delay", keys, 3, 25), 0)


def with_duplicates(
    frame: pl.DataFrame, draws: Draws, stream: str, keys: np.ndarray, share: float
) -> pl.DataFrame:
    """The frame with a `share` of its rows exported twice on the same day."""
    twice = draws.chance(stream + "/twice", keys, share)
    return pl.concat([frame, frame.filter(pl.Series(twice))])


def with_spoiled(
    frame: pl.DataFrame, draws: Draws, stream: str, share: float, *faults: dict[str, str | None]
) -> pl.DataFrame:
    """The frame plus, on a `share` of its days, a bad row: a good one with the columns of a fault."""
    first = frame.unique("_day", keep="first", maintain_order=True)
    days = first["_day"].to_numpy().astype(np.int64)
    chosen = draws.chance(stream + "/bad", key(days), share)
    which = draws.integers(stream + "/fault", key(days), 0, len(faults))
    parts = [frame]
    for number, fault in enumerate(faults):
        bad = first.filter(pl.Series(chosen & (which == number)))
        parts.append(
            bad.with_columns(
                pl.lit(value, dtype=frame.schema[name]).alias(name) for name, value in fault.items()
            )
        )
    return pl.concat(parts)
