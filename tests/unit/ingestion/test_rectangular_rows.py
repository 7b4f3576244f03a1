"""Lines that are all like the header are read as they stand: the same rows as line by line, or not at all."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.readers.batch import SOURCE_ROW
from ingestion.readers.delimited import _batch, _Dialect, _lines, _numbered
from ingestion.readers.rectangular import read_rectangular

HEADER = ["a", "b"]
DIALECT = _Dialect(",", '"')

fields = st.sampled_from(["", " ", "x", "1.50", "中文", "a b", "\t", "'", "\u2028"])
lines = st.one_of(
    st.lists(fields, min_size=2, max_size=2).map(",".join),
    st.lists(fields, min_size=1, max_size=3).map(",".join),
)


@settings(max_examples=400, deadline=None)
@given(
    texts=st.lists(lines, min_size=1, max_size=5),
    end=st.sampled_from(["\n", "\r\n"]),
    is_ended=st.booleans(),
)
def test_what_is_read_as_it_stands_is_what_is_read_line_by_line(texts: list[str], end: str, is_ended: bool):
    text = end.join(texts) + (end if is_ended else "")
    rows = read_rectangular(text, 7, HEADER, ",")
    if rows is not None:
        records = _numbered(_lines(text), 7).filter(pl.col("text") != "")
        batch = _batch(records, HEADER, DIALECT, cut_off_possible=False)
        assert batch.broken.height == 0
        assert rows.equals(batch.rows)


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_rows_have_the_fields_of_the_header(end: str):
    rows = read_rectangular(f"1,x\n2,{end}", 5, HEADER, ",")
    assert rows.rows() == [("1", "x", 5), ("2", None, 6)]
    assert rows.columns == [*HEADER, SOURCE_ROW]


@pytest.mark.parametrize(
    "text", ["", "1\n", "1,x,y\n", "1,x\n\n2,y\n", "\n1,x\n", "1,x,y\n2\n", "1,x\n2\n3,,", "1,x\ry,z\n"]
)
def test_other_lines_are_left_to_the_reader_that_looks_at_each(text: str):
    assert read_rectangular(text, 1, HEADER, ",") is None
