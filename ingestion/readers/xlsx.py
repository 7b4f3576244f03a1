"""Excel workbooks: one sheet, every cell as text (numbers plain, dates in ISO form)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import fastexcel
import polars as pl

from ingestion.profile import Format
from ingestion.readers.batch import (
    SOURCE_ROW,
    Batch,
    Piece,
    RefusedFileError,
    column_names,
    unique_header,
)
from ingestion.readers.text import BLOCK_BYTES


def read_xlsx(path: Path, fmt: Format, block_bytes: int = BLOCK_BYTES) -> Iterator[Piece]:
    """One batch with the rows of a workbook's sheet; every value is text."""
    if path.stat().st_size == 0:
        raise RefusedFileError("empty", "the file is empty")
    try:
        workbook = fastexcel.read_excel(path)
    except fastexcel.FastExcelError as error:
        first_line = str(error).splitlines()[0]
        raise RefusedFileError(
            "truncated", f"not a whole Excel workbook ({first_line}); fetch or save it again"
        ) from None
    sheet = fmt.sheet if fmt.sheet is not None else 0
    names = workbook.sheet_names
    if (isinstance(sheet, str) and sheet not in names) or (isinstance(sheet, int) and sheet >= len(names)):
        raise RefusedFileError("format", f"there is no sheet {sheet!r}; the workbook has: {', '.join(names)}")
    cells = workbook.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_polars()
    cells = cells.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(SOURCE_ROW))
    cells = cells[fmt.skip_rows :].filter(pl.any_horizontal(pl.exclude(SOURCE_ROW).is_not_null()))
    if not cells.height:
        raise RefusedFileError("empty", f"sheet {sheet!r} is empty")
    width = cells.width - 1
    if fmt.header:
        header = unique_header(list(cells.row(0)[:width]))
        cells = cells[1:]
    else:
        header = column_names(fmt.names, width)
    cells.columns = [*header, SOURCE_ROW]
    yield partial(Batch, cells)
