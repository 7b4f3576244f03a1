"""Reads exports of the sample company for the tests."""

from __future__ import annotations

from pathlib import Path

import polars as pl


def csv_rows(
    folder: Path, pattern: str, *, separator: str = ",", encoding: str = "utf-8-sig"
) -> pl.DataFrame:
    """All CSV rows of a pattern as text, with the month or year in the file's name as `_file`."""
    frames = []
    for file in sorted(folder.glob(pattern)):
        text = file.read_text(encoding=encoding)
        frame = pl.read_csv(text.encode(), separator=separator, infer_schema=False)
        frames.append(frame.with_columns(_file=pl.lit(file.stem.rsplit("_", 1)[-1])))
    return pl.concat(frames)
