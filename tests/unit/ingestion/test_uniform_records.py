"""Records that all look alike are read as columns: the same rows as record by record, or not at all."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.readers.records import _all_records, frame_of
from ingestion.readers.uniform import read_uniform

# Values that two readers might understand differently: digits, escapes, nesting, quotes, what is no JSON.
VALUES = (
    '"x"', '""', '" a: 5, b"', '":5,"', '"{"', '"["', '"}"', '"中文"', '"\\u4e2d"', '"\\"k\\":"', '"a\tb"',
    "null", "true", "1", "12.50", "-0", "-0.0", "1e5", "01", "1.", "-", "NaN", "1" * 30,
    '{"x":1}', '{"x":"q"}', '{"a":"q"}', "{}", "[1]",
)  # fmt: skip
KEYS = (("a", "b"), ("a",), ("b", "a", "c"), ("a", "a"), ("x", "a"))

values = st.lists(st.sampled_from(VALUES), min_size=1, max_size=3, unique=True)


@st.composite
def lines(draw) -> list[str]:
    keys, pool = draw(st.sampled_from(KEYS)), draw(values)
    colon = draw(st.sampled_from((":", ": ", " :")))
    records = []
    for _ in range(draw(st.integers(1, 4))):
        own = (*keys[:-1], draw(st.sampled_from((keys[-1], keys[-1], keys[-1], "z"))))
        fields = ",".join(f'"{key}"{colon}{draw(st.sampled_from(pool))}' for key in own)
        records.append("{" + fields + "}" + draw(st.sampled_from(("", " ", "\r"))))
    return records


@settings(max_examples=400, deadline=None)
@given(lines=lines())
def test_what_is_read_as_columns_is_what_is_read_record_by_record(lines: list[str]):
    numbers = list(range(1, len(lines) + 1))
    columns = read_uniform("\n".join(lines), 1)
    if columns is not None:
        records = _all_records(lines)
        assert records is not None
        assert columns.equals(frame_of(records, numbers))


def test_digits_nesting_and_nulls_stay_as_they_are():
    texts = [
        '{"id":"a","n":1.50,"by":{"who":null,"ok":true}}',
        '{"id":"b","n":-7,"by":{"who":"x","ok":false}}',
    ]
    expected = {
        "id": ["a", "b"], "n": ["1.50", "-7"], "by.who": [None, "x"], "by.ok": ["true", "false"],
        "_source_row": [3, 4],
    }  # fmt: skip
    for text in ("\n".join(texts), "\r\n".join([*texts, ""]), "\n".join([*texts, "", ""])):
        assert read_uniform(text, 3).equals(pl.DataFrame(expected))


@pytest.mark.parametrize(
    "other", ['{"b":"1"}', '{"a":"1","b":"2"}', '{"a":[1]}', '{"a":{"b":"1"}}', "[]", "{"]
)
def test_another_shape_is_left_to_the_reader_of_records(other: str):
    assert read_uniform(f'{{"a":"1"}}\n{other}', 1) is None
    assert read_uniform('{"a":"1"}', 1) is not None


def test_a_blank_line_between_records_is_left_to_the_reader_of_records():
    assert read_uniform('{"a":"1"}\n\n{"a":"1"}', 1) is None
