"""The benchmark compares like with like: plain SQL gives the rows of the engine, readers the same number."""

from pathlib import Path

import duckdb
import pytest

from bench.plain_sql import plain_metrics, run_plain_sql
from bench.process import measure
from bench.readers import FILES, compare_readers
from ingestion.sample import write_sample
from orchestration.home import PROJECT_ROOT
from orchestration.limits import duckdb_limits
from tests.nights import Night


@pytest.mark.slow
def test_plain_sql_gives_the_rows_of_the_engine(sample_night: Night):
    metrics = plain_metrics(sample_night.warehouse)
    assert len(metrics) >= 70
    plain = run_plain_sql(sample_night.warehouse, metrics, duckdb_limits())
    assert plain.rows > 100 * len(metrics)
    assert plain.different == 0


def test_readers_read_the_same_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bench.readers.READERS", {"landing": None, "duckdb": None})  # dlt is of another group
    write_sample(tmp_path / "sample", people=100, years=1)
    readings = compare_readers(tmp_path, tmp_path / "readers", months=1)
    landed = {one.parent.name for one in (tmp_path / "readers" / "landing").glob("*/*/load=*")}
    assert landed >= {table.partition(".")[2] for table in FILES}
    assert readings["landing"].rows > 5_000
    # What cannot be read is put aside by the landing and left out by DuckDB.
    assert readings["landing"].rows * 0.99 < readings["duckdb"].rows <= readings["landing"].rows
    assert all(one.seconds > 0 and one.peak_mb > 20 for one in readings.values())


def test_the_memory_of_child_processes_is_seen(tmp_path: Path):
    child = "b = bytearray(200_000_000); import time; time.sleep(1)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}, 'child'])"
    done = measure(["-c", code, "parent"], environment={}, folder=PROJECT_ROOT)
    assert max(done.peak_mb.values()) > 190
    assert done.seconds > 1


def test_the_script_reads_no_table_of_the_engine(sample_night: Night):
    from bench.plain_sql import script_for

    with duckdb.connect(str(sample_night.warehouse), read_only=True) as connection:
        script = script_for(connection, plain_metrics(sample_night.warehouse))
    assert "core.fct_ticket" in script
    assert "metrics.metric_" not in script
    assert "library." not in script
