"""Parquet files put together from pieces: readers see the rows of all; the same pieces are the same bytes."""

import hashlib

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from publishing.parquet import join, pieces, whole

ROW_GROUP = 2_048
ROWS = [5_000, 1, 4_096, 3_000]  # with and without a row group that is not full
FORMAT = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"
COLUMNS = """
    {part} AS part, i AS number, 'name ' || (i % 7) AS name, (i * 1.5)::DECIMAL(38, 10) AS amount,
    CASE WHEN i % 3 = 0 THEN NULL ELSE i END AS sparse, DATE '2026-01-01' + (i % 90)::INT AS day,
    TIMESTAMP '2026-01-01 08:00:00' + to_seconds(i) AS instant, i % 2 = 0 AS is_even, [i, i + 1] AS numbers
"""


def written(path, part, rows, columns=COLUMNS):
    query = f"SELECT {columns.format(part=part)} FROM range({rows}) AS r(i)"
    duckdb.execute(f"COPY ({query}) TO '{path}' ({FORMAT})")
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pieces")
    return [written(folder / f"{part}.parquet", part, rows) for part, rows in enumerate(ROWS)]


@pytest.fixture(scope="module")
def joined(files, tmp_path_factory):
    path = tmp_path_factory.mktemp("joined") / "all.parquet"
    join([whole(file) for file in files], path)
    return path


def test_every_reader_sees_the_rows_of_all_pieces_in_their_order(files, joined):
    expected = pl.concat([pl.read_parquet(file) for file in files])
    assert expected.height == sum(ROWS)
    assert pl.read_parquet(joined).equals(expected)
    assert pl.from_arrow(pq.read_table(joined)).equals(expected)
    in_one = duckdb.sql(f"SELECT * FROM read_parquet('{joined}')").fetchall()
    assert in_one == [row for file in files for row in duckdb.sql(f"FROM '{file}'").fetchall()]


def test_a_condition_is_answered_by_what_the_footer_says_of_each_row_group(joined):
    found = duckdb.sql(f"SELECT part, number FROM '{joined}' WHERE part = 2 AND number = 4000").fetchall()
    assert found == [(2, 4000)]
    groups = duckdb.sql(
        f"SELECT row_group_num_rows FROM parquet_metadata('{joined}') WHERE column_id = 0"
    ).fetchall()
    assert sum(rows for (rows,) in groups) == sum(ROWS)


@pytest.mark.parametrize("name", ["name 3", "name 8"])
def test_bloom_filters_stay_with_their_row_groups(files, joined, name):
    def excluded(file):
        probe = f"SELECT bloom_filter_excludes FROM parquet_bloom_probe('{file}', 'name', '{name}')"
        return [row[0] for row in duckdb.sql(probe).fetchall()]

    assert excluded(joined) == [told for file in files for told in excluded(file)]
    assert (True in excluded(joined)) is (name == "name 8")


def test_a_file_of_one_piece_is_that_piece_byte_by_byte(files, tmp_path):
    digest = join([whole(files[0])], tmp_path / "one.parquet")
    assert (tmp_path / "one.parquet").read_bytes() == files[0].read_bytes()
    assert digest == hashlib.sha256(files[0].read_bytes()).hexdigest()


def test_pieces_of_a_file_stand_for_the_files_that_they_came_from(files, joined, tmp_path):
    cut = pieces(joined, ROWS)
    assert [piece.rows for piece in cut] == ROWS
    for place, file in enumerate(files):
        parts = [*cut[:place], whole(file), *cut[place + 1 :]]
        join(parts, tmp_path / "again.parquet")
        assert (tmp_path / "again.parquet").read_bytes() == joined.read_bytes()
        join([cut[place]], tmp_path / "back.parquet")
        assert (tmp_path / "back.parquet").read_bytes() == file.read_bytes()


def test_a_file_without_rows_is_a_piece_too(files, tmp_path):
    empty = written(tmp_path / "empty.parquet", 0, 0)
    assert join([whole(empty)], tmp_path / "again.parquet") == hashlib.sha256(empty.read_bytes()).hexdigest()
    assert pieces(empty, []) == []


@pytest.mark.parametrize("rows", [[5_000, 2], [1], [sum(ROWS) + 1]], ids=["later", "first", "more than all"])
def test_rows_end_where_a_row_group_does(joined, rows):
    with pytest.raises(ValueError, match="no row group that ends where a piece does"):
        pieces(joined, rows)


def test_pieces_of_other_columns_are_not_put_together(files, tmp_path):
    other = written(tmp_path / "other.parquet", 0, 10, "{part} AS part, i AS another")
    with pytest.raises(ValueError, match="are not of one kind"):
        join([whole(files[0]), whole(other)], tmp_path / "both.parquet")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no Parquet file at all"])
def test_another_file_is_told(tmp_path, content):
    (tmp_path / "file.parquet").write_bytes(content)
    with pytest.raises(ValueError, match="is no Parquet file"):
        whole(tmp_path / "file.parquet")
