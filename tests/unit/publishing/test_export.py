"""Published marts: in order, and the same bytes every time, whatever was published before."""

import dataclasses
import shutil

import duckdb
import pytest

from publishing.database import DATABASE_FILE
from publishing.export import PARQUET, _written, export_marts
from publishing.files import sha256_of
from publishing.marts import Mart

ROWS = 20_000
MANY_ROWS = 400_000  # of one month less than a row group, of all months several


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    return warehouse_of(ROWS, tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def large_warehouse(tmp_path_factory):
    return warehouse_of(MANY_ROWS, tmp_path_factory.mktemp("large_run"))


def warehouse_of(rows, folder):
    """A night's warehouse whose rows were inserted in no useful order."""
    path = folder / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA marts; CREATE SCHEMA core")
        connection.execute(
            f"""CREATE TABLE marts.metric_value AS
            SELECT 'metric_' || (i % 40) AS metric_id, cast(hash(i) % 5000 AS varchar) AS subject_id,
                date '2024-01-01' + cast(i % 900 AS integer) AS period_start, i AS sequence,
                cast(i * 1.01 AS decimal(38, 10)) AS value
            FROM range({rows}) AS r(i) ORDER BY hash(i)"""
        )
        connection.execute(
            "CREATE TABLE core.dim_employee AS SELECT 'E2' AS employee_id UNION ALL SELECT 'E1'"
        )
    return path


GRAIN = ("metric_id", "subject_id", "period_start", "sequence")
MARTS = [
    Mart("dim_employee", "core"),
    Mart("metric_value", "marts", GRAIN, partitioned_by="period_start"),
]


@pytest.fixture(scope="module")
def before(warehouse, tmp_path_factory):
    """The warehouse published; tests leave it as it is."""
    return published(warehouse, tmp_path_factory.mktemp("published"))


def changed(warehouse, folder, *statements):
    """The warehouse of the next night, in which something was changed."""
    path = folder / "tonight.duckdb"
    shutil.copyfile(warehouse, path)
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


def published(warehouse, folder, marts=MARTS, before=None, **limits):
    """A night published into a folder, which bears the name of its run."""
    return export_marts(warehouse, marts, folder, limits=limits, before=before)


def content(night, mart):
    """What a night tells of a mart: the rows of its file, after seeing that the database holds the same."""
    file = f"read_parquet('{night.folder / night.marts[mart].file}')"
    with duckdb.connect(str(night.folder / DATABASE_FILE), read_only=True) as connection:
        differing = connection.execute(
            f"(FROM {file} EXCEPT ALL FROM marts.{mart}) UNION ALL (FROM marts.{mart} EXCEPT ALL FROM {file})"
        )
        assert differing.fetchall() == []
        return connection.execute(f"FROM {file}").fetchall()


def test_the_same_rows_are_the_same_bytes_on_any_threads_and_in_any_memory(large_warehouse, tmp_path):
    limits = [{"threads": 1}, {"threads": 2}, {"threads": 4}, {"threads": 2, "memory_limit": "120MB"}]
    nights = [published(large_warehouse, tmp_path / str(n), **limit) for n, limit in enumerate(limits)]
    assert len({tuple(mart.sha256 for mart in night.marts.values()) for night in nights}) == 1


@pytest.mark.parametrize("rows_at_once", [30_000, 1])
def test_a_mart_sorted_in_pieces_has_the_bytes_of_one_sorted_at_once(
    large_warehouse, tmp_path, monkeypatch, rows_at_once
):
    without_month = "UPDATE marts.metric_value SET period_start = NULL WHERE metric_id = 'metric_7'"
    warehouse = changed(large_warehouse, tmp_path, without_month)
    at_once = published(warehouse, tmp_path / "at_once")
    monkeypatch.setattr("publishing.database.ROWS_SORTED_AT_ONCE", rows_at_once)
    in_pieces = published(warehouse, tmp_path / "in_pieces")
    assert in_pieces.marts == at_once.marts
    assert content(in_pieces, "metric_value")[0][2] is None
    assert [path.name for path in sorted((tmp_path / "in_pieces" / "marts").iterdir())] == [
        "dim_employee.parquet",
        "metric_value.parquet",
    ]


@pytest.mark.parametrize(
    "mart", [Mart("m", "marts", ("id",)), Mart("m", "marts"), Mart("m", "marts", partitioned_by="day")]
)
def test_insertion_order_changes_no_byte(tmp_path, mart):
    digests = set()
    for order in ("hash(i)", "i DESC"):
        path = tmp_path / f"{order[0]}.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE SCHEMA marts")
            connection.execute(
                "CREATE TABLE marts.m AS SELECT i AS id, date '2026-01-01' + i::INT % 70 AS day "
                f"FROM range(300000) r(i) ORDER BY {order}"
            )
        digests.add(published(path, tmp_path / order[0], [mart]).marts["m"].sha256)
    assert len(digests) == 1


def test_rows_are_sorted_by_month_and_grain_and_counted(warehouse, tmp_path):
    night = published(warehouse, tmp_path)
    assert [mart.rows for mart in night.marts.values()] == [2, ROWS]
    assert content(night, "dim_employee") == [("E1",), ("E2",)]
    keys = [(row[2].replace(day=1), *row[:4]) for row in content(night, "metric_value")]
    assert keys == sorted(keys)


CHANGES = {
    "a value": "UPDATE marts.metric_value SET value = value + 1 WHERE sequence = 1000",
    "two values exchanged": "UPDATE marts.metric_value AS m SET value = other.value "
    "FROM marts.metric_value AS other "
    "WHERE m.sequence IN (1000, 1001) AND other.sequence = 2001 - m.sequence",
    "a row that moves to another month": "UPDATE marts.metric_value SET period_start = '2026-03-31' "
    "WHERE sequence = 1000",
    "a row without a month": "UPDATE marts.metric_value SET period_start = NULL WHERE sequence = 1000",
    "a month that is gone": "DELETE FROM marts.metric_value WHERE period_start >= '2026-05-01'",
    "a new month": "INSERT INTO marts.metric_value SELECT * REPLACE (date '2027-01-01' AS period_start) "
    "FROM marts.metric_value WHERE sequence < 9",
    "the same row twice": "INSERT INTO marts.metric_value FROM marts.metric_value WHERE sequence = 1000",
    "nothing left": "DELETE FROM marts.metric_value",
    "another column": "ALTER TABLE marts.metric_value ADD COLUMN state VARCHAR DEFAULT 'ok'",
    "another name": "ALTER TABLE marts.metric_value RENAME COLUMN value TO amount",
    "another type": "ALTER TABLE marts.metric_value ALTER value TYPE DECIMAL(38, 4)",
}


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_a_night_that_begins_with_the_last_one_publishes_what_it_would_alone(
    warehouse, before, tmp_path, statement
):
    tonight = changed(warehouse, tmp_path, statement)
    continued = published(tonight, tmp_path / "second", before=before)
    assert continued.marts == published(tonight, tmp_path / "alone").marts
    assert continued.marts["metric_value"] != before.marts["metric_value"]
    assert len(content(continued, "metric_value")) == continued.marts["metric_value"].rows
    back = published(warehouse, tmp_path / "third", before=continued)
    assert back.marts == before.marts


def test_a_night_of_an_earlier_release_tells_nothing_of_its_database(warehouse, before, tmp_path):
    tonight = changed(warehouse, tmp_path, CHANGES["a value"])
    earlier = dataclasses.replace(before, database=None)
    assert (
        published(tonight, tmp_path / "a", before=earlier).marts == published(tonight, tmp_path / "b").marts
    )


def test_what_a_database_holds_is_told(warehouse, before):
    held = before.database.held
    assert list(held["dim_employee"]) == [None]
    assert {name: sum(rows for rows, _ in months.values()) for name, months in held.items()} == {
        name: mart.rows for name, mart in before.marts.items()
    }
    assert before.database.sha256 == sha256_of(before.folder / DATABASE_FILE)


def test_another_order_is_followed(warehouse, before, tmp_path):
    marts = [Mart("metric_value", "marts", ("sequence",)), Mart("dim_employee", "core")]
    continued = published(warehouse, tmp_path / "second", marts, before=before)
    assert [row[3] for row in content(continued, "metric_value")] == list(range(ROWS))


def test_a_mart_that_is_the_same_is_published_again_as_it_was(warehouse, before, tmp_path):
    tonight = changed(warehouse, tmp_path, "UPDATE core.dim_employee SET employee_id = 'E9'")
    again = published(tonight, tmp_path / "second", before=before)
    assert again.marts["metric_value"] == before.marts["metric_value"]
    assert content(again, "dim_employee") == [("E9",), ("E9",)]


@pytest.mark.parametrize("file", ["marts/metric_value.parquet", DATABASE_FILE])
def test_a_file_that_is_no_longer_what_was_published_is_no_beginning(warehouse, tmp_path, file):
    before = published(warehouse, tmp_path / "first")
    (before.folder / file).write_bytes(b"tampered")
    again = published(warehouse, tmp_path / "second", before=before)
    assert again.marts == before.marts
    assert again.marts["metric_value"].sha256 == sha256_of(again.folder / "marts" / "metric_value.parquet")


def test_what_somebody_wrote_into_the_published_database_is_not_published_again(warehouse, tmp_path):
    before = published(warehouse, tmp_path / "first")
    with duckdb.connect(str(before.folder / DATABASE_FILE)) as connection:
        connection.execute("UPDATE marts.metric_value SET value = 0 WHERE sequence = 1000")
        connection.execute("CREATE TABLE marts.of_mine AS SELECT 1 AS one")
    again = published(warehouse, tmp_path / "second", before=before)
    assert again.marts == before.marts
    assert len(content(again, "metric_value")) == ROWS
    with duckdb.connect(str(again.folder / DATABASE_FILE), read_only=True) as connection:
        assert len(connection.execute("SHOW ALL TABLES").fetchall()) == len(MARTS)


def test_only_months_that_changed_are_written(warehouse, before, tmp_path, monkeypatch):
    written = []

    def watched(connection, rows, file):
        written.append(rows)
        return _written(connection, rows, file)

    monkeypatch.setattr("publishing.export._written", watched)
    tonight = changed(warehouse, tmp_path, CHANGES["a value"])
    again = published(tonight, tmp_path / "second", before=before)
    assert len(content(again, "metric_value")) == ROWS
    assert sum("LIMIT 0" not in rows for rows in written) == 1


def test_a_file_that_was_not_written_month_by_month_is_written_anew(warehouse, before, tmp_path):
    mart = before.marts["metric_value"]
    earlier = tmp_path / "first" / mart.file
    shutil.copytree(before.folder, tmp_path / "first")
    duckdb.execute(f"COPY (FROM '{before.folder / mart.file}') TO '{earlier}' ({PARQUET})")
    marts = before.marts | {"metric_value": dataclasses.replace(mart, sha256=sha256_of(earlier))}
    earlier_night = dataclasses.replace(before, folder=tmp_path / "first", marts=marts)
    night = published(warehouse, tmp_path / "second", before=earlier_night)
    assert night.marts == before.marts


def test_a_mart_that_was_not_built_is_left_out_or_carried(warehouse, tmp_path):
    marts = [*MARTS, Mart("fct_ticket", "core")]
    before = published(warehouse, tmp_path / "first", marts)
    assert list(before.marts) == ["dim_employee", "metric_value"]
    tonight = changed(warehouse, tmp_path, "DROP TABLE marts.metric_value")
    second = published(tonight, tmp_path / "second", marts, before=before)
    third = published(tonight, tmp_path / "third", marts, before=second)
    for night in (second, third):
        assert night.marts["metric_value"] == dataclasses.replace(
            before.marts["metric_value"], carried_from="first"
        )
        assert len(content(night, "metric_value")) == ROWS
        assert night.marts["dim_employee"] == before.marts["dim_employee"]
    built_again = published(warehouse, tmp_path / "fourth", marts, before=third)
    assert built_again.marts == before.marts
