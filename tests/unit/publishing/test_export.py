"""Published marts: sorted, the same bytes every time, and read back as they were."""

import duckdb
import pytest

from publishing.export import (
    DATABASE_FILE,
    Mart,
    begin_database,
    carry_mart,
    complete_database,
    export_marts,
    published_marts,
    repeat_mart,
    sha256_of,
)

ROWS = 400_000


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """A night's warehouse whose rows were inserted in no useful order."""
    path = tmp_path_factory.mktemp("run") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA marts; CREATE SCHEMA core")
        connection.execute(
            f"""CREATE TABLE marts.metric_value AS
            SELECT 'metric_' || (i % 40) AS metric_id, cast(hash(i) % 5000 AS varchar) AS subject_id,
                date '2024-01-01' + cast(i % 900 AS integer) AS period_start, i AS sequence,
                cast(i * 1.01 AS decimal(38, 10)) AS value
            FROM range({ROWS}) AS r(i) ORDER BY hash(i)"""
        )
        connection.execute(
            "CREATE TABLE core.dim_employee AS SELECT 'E2' AS employee_id UNION ALL SELECT 'E1'"
        )
    return path


MARTS = [
    Mart("metric_value", "marts", ("metric_id", "subject_id", "period_start", "sequence")),
    Mart("dim_employee", "core"),
]


def test_the_same_rows_are_the_same_bytes_on_any_number_of_threads(warehouse, tmp_path):
    digests = set()
    for attempt, threads in enumerate([1, 2, 2, 2]):
        exported = export_marts(warehouse, MARTS, tmp_path / str(attempt), limits={"threads": threads})
        digests.add(tuple(mart.sha256 for mart in exported))
    assert len(digests) == 1


def test_a_mart_sorted_in_pieces_has_the_rows_and_the_order_of_one_sorted_whole(
    warehouse, tmp_path, monkeypatch
):
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        connection.execute(f"ATTACH '{warehouse}' AS held (READ_ONLY); CREATE SCHEMA marts")
        connection.execute(
            "CREATE TABLE marts.metric_value AS "
            "SELECT * REPLACE (nullif(metric_id, 'metric_7') AS metric_id) FROM held.marts.metric_value"
        )
    [mart, _] = MARTS
    read = []
    for rows_at_once in (ROWS, 30_000, 1):
        monkeypatch.setattr("publishing.export.ROWS_SORTED_AT_ONCE", rows_at_once)
        folder = tmp_path / str(rows_at_once)
        [exported] = export_marts(tmp_path / "w.duckdb", [mart], folder, limits={})
        assert exported.rows == ROWS
        assert [path.name for path in (folder / "marts").iterdir()] == ["metric_value.parquet"]
        read.append(duckdb.sql(f"SELECT * FROM read_parquet('{folder / exported.file}')").fetchall())
    assert read[0][0][0] is None
    assert read[1] == read[0]
    assert read[2] == read[0]


def test_insertion_order_changes_no_byte(tmp_path):
    digests = set()
    for order in ("hash(i)", "i DESC"):
        path = tmp_path / f"{order[0]}.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE SCHEMA marts")
            connection.execute(
                f"CREATE TABLE marts.m AS SELECT i AS id, i % 7 AS v FROM range(300000) r(i) ORDER BY {order}"
            )
        for mart in (Mart("m", "marts", ("id",)), Mart("m", "marts")):
            digests.add((mart.grain, export_marts(path, [mart], tmp_path / order[0], limits={})[0].sha256))
    assert len({digest for grain, digest in digests if grain}) == 1
    assert len({digest for grain, digest in digests if not grain}) == 1


def test_rows_are_sorted_by_the_grain_and_counted(warehouse, tmp_path):
    exported = export_marts(warehouse, MARTS, tmp_path, limits={})
    assert [(mart.name, mart.rows) for mart in exported] == [("metric_value", ROWS), ("dim_employee", 2)]
    employees = duckdb.sql(f"SELECT employee_id FROM read_parquet('{tmp_path}/marts/dim_employee.parquet')")
    assert employees.fetchall() == [("E1",), ("E2",)]
    unsorted = duckdb.sql(
        f"""SELECT count(*) FROM (SELECT (metric_id, subject_id, period_start, sequence) AS k,
            lag((metric_id, subject_id, period_start, sequence)) OVER (ORDER BY file_row_number) AS before
            FROM read_parquet('{tmp_path}/marts/metric_value.parquet', file_row_number = true))
            WHERE before > k"""
    )
    assert unsorted.fetchone() == (0,)


def test_a_mart_that_was_not_built_is_left_out_and_can_be_carried(warehouse, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    old = export_marts(warehouse, MARTS, first, limits={})
    exported = export_marts(warehouse, [*MARTS, Mart("fct_ticket", "core")], second, limits={})
    assert [mart.name for mart in exported] == ["metric_value", "dim_employee"]
    carried = carry_mart(old[0], first, second, run_id="run-1")
    assert carried.carried_from == "run-1"
    assert carried.sha256 == old[0].sha256 == sha256_of(second / carried.file)
    assert carry_mart(carried, second, tmp_path / "third", run_id="run-2").carried_from == "run-1"


def test_the_database_holds_every_published_mart_in_the_order_of_its_file(warehouse, tmp_path):
    [exported, _] = export_marts(warehouse, MARTS, tmp_path, limits={})
    with duckdb.connect(str(tmp_path / DATABASE_FILE), read_only=True) as connection:
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts' ORDER BY 1"
        )
        assert tables.fetchall() == [("dim_employee",), ("metric_value",)]
        held = connection.execute("SELECT * FROM marts.metric_value").fetchall()
    assert len(held) == ROWS
    assert held == duckdb.sql(f"SELECT * FROM read_parquet('{tmp_path / exported.file}')").fetchall()


def test_published_marts_are_those_of_the_schema_and_the_tagged_ones():
    def model(name, schema, tags=(), kind="model", **config):
        return {
            "resource_type": kind,
            "alias": name,
            "schema": schema,
            "tags": list(tags),
            "config": config,
            "description": "",
        }

    manifest = {
        "nodes": {
            "1": model("metric_value", "marts", meta={"grain": ["metric_id", "subject_id"]}),
            "2": model("dim_employee", "core", ["published"]),
            "3": model("stg_hr__employees", "staging"),
            "4": model("off", "marts", enabled=False),
            "5": model("inlined", "marts", materialized="ephemeral"),
            "6": model("not_null_x", "marts", kind="test"),
        }
    }
    assert published_marts(manifest) == [
        Mart("dim_employee", "core"),
        Mart("metric_value", "marts", ("metric_id", "subject_id")),
    ]


def test_a_mart_that_is_the_same_is_published_again_as_it_was(warehouse, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    old = export_marts(warehouse, MARTS, first, limits={})
    assert [repeat_mart(mart, first, second) for mart in old] == old
    assert (second / old[0].file).read_bytes() == (first / old[0].file).read_bytes()


def test_a_file_that_is_no_longer_what_was_published_is_not_repeated(warehouse, tmp_path):
    [employees] = export_marts(warehouse, MARTS[1:], tmp_path / "first", limits={})
    (tmp_path / "first" / employees.file).write_bytes(b"tampered")
    assert repeat_mart(employees, tmp_path / "first", tmp_path / "second") is None


def test_a_database_that_begins_with_the_last_one_holds_tonight(warehouse, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    [figures, _] = export_marts(warehouse, MARTS, first, limits={})
    with duckdb.connect(str(warehouse.with_name("tonight.duckdb"))) as connection:
        connection.execute("CREATE SCHEMA core; CREATE TABLE core.dim_employee AS SELECT 'E9' AS employee_id")
    begin_database(second, first / DATABASE_FILE, {"metric_value", "no_longer_there"})
    export_marts(warehouse.with_name("tonight.duckdb"), MARTS[1:], second, limits={})
    repeat_mart(figures, first, second)
    with duckdb.connect(str(second / DATABASE_FILE), read_only=True) as connection:
        assert connection.execute("SELECT employee_id FROM marts.dim_employee").fetchall() == [("E9",)]
        assert connection.execute("SELECT count(*) FROM marts.metric_value").fetchall() == [(ROWS,)]
    begin_database(tmp_path / "third", second / DATABASE_FILE, {"dim_employee"})
    with duckdb.connect(str(tmp_path / "third" / DATABASE_FILE), read_only=True) as connection:
        assert [row[2] for row in connection.execute("SHOW ALL TABLES").fetchall()] == ["dim_employee"]


def test_a_carried_mart_is_added_to_the_database(warehouse, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    [figures, _] = export_marts(warehouse, MARTS, first, limits={})
    tonight = export_marts(warehouse, MARTS[1:], second, limits={})
    carried = carry_mart(figures, first, second, run_id="run-1")
    path = complete_database(second, [*tonight, carried], limits={})
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM marts.metric_value").fetchone() == (ROWS,)
        assert connection.execute("SELECT employee_id FROM marts.dim_employee").fetchone() == ("E1",)
