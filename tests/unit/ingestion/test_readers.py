"""Every kind of file gives its rows as text, with the row each came from."""

import csv
import io
import json
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.profile import Format
from ingestion.readers import RefusedFileError, read_file


def read(file, block_bytes=64 * 1024 * 1024, **fmt):
    """(row number, values by column) of all rows, and (row number, reason) of those that are broken."""
    rows, broken = [], []
    for batch in read_file(file, Format(**fmt), block_bytes):
        for row in batch.rows.to_dicts():
            rows.append((row.pop("_source_row"), row))
        broken += batch.broken.select("_source_row", "_reason").rows()
    return rows, broken


def file(tmp_path, content, name="data.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_rows_are_numbered_as_lines(tmp_path):
    path = file(tmp_path, "a,b\n1,x\n\n2,\n")
    assert read(path) == ([(2, {"a": "1", "b": "x"}), (4, {"a": "2", "b": None})], [])


@pytest.mark.parametrize("content", ["a;b\r\n1;x\r\n", "\ufeffa;b\n1;x\n", "  a ;b\n1;x"])
def test_line_ends_byte_order_marks_and_padded_headers(tmp_path, content):
    assert read(file(tmp_path, content), delimiter=";") == ([(2, {"a": "1", "b": "x"})], [])


def test_tab_separated(tmp_path):
    assert read(file(tmp_path, "a\tb\n1\tx,y\n", "data.tsv")) == ([(2, {"a": "1", "b": "x,y"})], [])


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig", "big5"])
def test_encodings(tmp_path, encoding):
    path = file(tmp_path, "姓名,部門\n王芳,銷售\n".encode(encoding))
    assert read(path, encoding=encoding) == ([(2, {"姓名": "王芳", "部門": "銷售"})], [])


def test_without_header(tmp_path):
    path = file(tmp_path, "1|x\n2|y\n")
    assert read(path, delimiter="|", header=False)[0][0] == (1, {"column_1": "1", "column_2": "x"})
    assert read(path, delimiter="|", header=False, names=["a", "b"])[0][1] == (2, {"a": "2", "b": "y"})
    with pytest.raises(RefusedFileError, match="names 3 columns, the file has 2"):
        read(path, delimiter="|", header=False, names=["a", "b", "c"])


def test_lines_above_the_header(tmp_path):
    path = file(tmp_path, 'Report, "staff"\n\na,b\n1,x\n')
    assert read(path, skip_rows=2) == ([(4, {"a": "1", "b": "x"})], [])


def test_quoted_fields(tmp_path):
    path = file(tmp_path, 'a,b\n"1,5","say ""x"""\n"two\nlines",y\n3,"",\n4,z\n')
    rows, broken = read(path)
    assert rows == [
        (2, {"a": "1,5", "b": 'say "x"'}),
        (3, {"a": "two\nlines", "b": "y"}),
        (6, {"a": "4", "b": "z"}),
    ]
    assert broken == [(5, "ragged_row")]


def test_a_quote_inside_an_unquoted_field_is_a_character(tmp_path):
    rows, broken = read(file(tmp_path, 'a,b\n5" pipe,x\n6",7"\n"q"r,s\n'))
    assert [row for _, row in rows] == [
        {"a": '5" pipe', "b": "x"},
        {"a": '6"', "b": '7"'},
        {"a": "qr", "b": "s"},
    ]
    assert broken == []


def test_a_field_that_ends_its_line_with_doubled_quotes_goes_on(tmp_path):
    rows, _ = read(file(tmp_path, 'a,b\n"she said ""hi""\nand left",1\n2,3\n'))
    assert rows == [(2, {"a": 'she said "hi"\nand left', "b": "1"}), (4, {"a": "2", "b": "3"})]


def test_no_quoting(tmp_path):
    rows, _ = read(file(tmp_path, 'a|b\n"x|y\n'), delimiter="|", quote="")
    assert rows == [(2, {"a": '"x', "b": "y"})]


cells = st.text(alphabet='ab ,;"\n\u4e2d\x1f0', max_size=6)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(cells, min_size=2, max_size=2), max_size=12), st.integers(1, 60), st.booleans())
def test_reads_what_pythons_csv_writer_writes(tmp_path_factory, rows, block_bytes, quote_all):
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(text, lineterminator="\n", quoting=quoting)
    writer.writerows([["a", "b"], *rows])
    path = file(tmp_path_factory.mktemp("csv"), text.getvalue())
    found, broken = read(path, block_bytes)
    assert broken == []
    assert [[row["a"] or "", row["b"] or ""] for _, row in found] == rows


def test_json(tmp_path):
    data = {
        "data": {"items": [{"id": 1, "pay": 1.10, "in": {"city": "Bern"}, "tags": ["x", "y"], "on": True}]}
    }
    path = file(tmp_path, json.dumps(data).replace("1.1,", "1.10,"), "data.json")
    expected = {"id": "1", "pay": "1.10", "in.city": "Bern", "tags": '["x", "y"]', "on": "true"}
    assert read(path, path="data.items") == ([(1, expected)], [])


def test_json_numbers_keep_their_digits(tmp_path):
    path = file(tmp_path, '[{"n": 12345678901234567890.123456789, "e": 1E5}]', "data.json")
    assert read(path)[0] == [(1, {"n": "12345678901234567890.123456789", "e": "100000"})]


def test_json_lines_in_blocks(tmp_path):
    path = file(tmp_path, "".join(json.dumps({"id": number}) + "\n" for number in range(50)), "data.jsonl")
    assert read(path, 64)[0] == [(number + 1, {"id": str(number)}) for number in range(50)]


def test_yaml(tmp_path):
    path = file(tmp_path, "goals:\n  - {id: 007, on: 2024-01-01, share: 1.50, no: ~}\n", "data.yml")
    assert read(path, path="goals")[0] == [
        (1, {"id": "007", "on": "2024-01-01", "share": "1.50", "no": None})
    ]


def test_parquet(tmp_path):
    frame = pl.DataFrame(
        {
            "id": [1, 2],
            "pay": [Decimal("1.50"), None],
            "rate": [3.0, 1e-7],
            "on": [date(2024, 1, 2), None],
            "at": [datetime(2024, 1, 2, 3, 4, 5), None],
            "is": [True, None],
            "home": [{"city": "Bern"}, {"city": None}],
            "tags": [["x"], None],
        },
        schema_overrides={"pay": pl.Decimal(10, 2)},
    )
    frame.write_parquet(tmp_path / "data.parquet")
    (first, second), _ = read(tmp_path / "data.parquet", block_bytes=1)
    assert first == (
        1,
        {
            "id": "1",
            "pay": "1.50",
            "rate": "3",
            "on": "2024-01-02",
            "at": "2024-01-02T03:04:05.000000",
            "is": "true",
            "home.city": "Bern",
            "tags": '["x"]',
        },
    )
    assert (second[0], second[1]["rate"], second[1]["pay"]) == (2, "0.0000001", None)


def test_xlsx(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "data.xlsx", {"default_date_format": "yyyy-mm-dd"}) as book:
        book.add_worksheet("Notes")
        sheet = book.add_worksheet("Staff")
        sheet.write_row(2, 0, ["No", "Start", "Pay", "On", ""])
        sheet.write_row(3, 0, ["007", date(2024, 1, 2), 1234.5, True])
        sheet.write_row(5, 0, [12, None, 0.1 + 0.2, False, "x"])
    rows, _ = read(tmp_path / "data.xlsx", sheet="Staff")
    assert rows == [
        (4, {"No": "007", "Start": "2024-01-02 00:00:00", "Pay": "1234.5", "On": "true", "column_5": None}),
        (6, {"No": "12", "Start": None, "Pay": "0.3", "On": "false", "column_5": "x"}),
    ]
    with pytest.raises(RefusedFileError, match="Notes, Staff"):
        read(tmp_path / "data.xlsx", sheet="People")
    with pytest.raises(RefusedFileError, match="empty"):
        read(tmp_path / "data.xlsx", sheet="Notes")
