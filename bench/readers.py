"""The same files read by the landing, by DuckDB's own readers and by dlt, each into typed Parquet.

    python -m bench.readers landing FOLDER    prints seconds and rows as JSON

FOLDER holds `sample/`, exports of the sample company; the registers that the files refer to have to be there
too. They land before the clock is started. DuckDB and dlt find the types by themselves; neither checks a
contract, a key or a reference, or keeps what it cannot read.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench.nights import LAST_DAY
from bench.process import measure
from orchestration.home import PROJECT_ROOT, SAMPLE_PROFILE

REGISTERS = {
    "hr.org_units": "hris/*.xlsx",
    "hr.positions": "hris/*.xlsx",
    "hr.employees": "hris/staff_register.csv",
    "sales.accounts": "crm/accounts.json",
}
FILES = {
    "ticketing.tickets": "desk/tickets_*.csv",
    "ticketing.ticket_events": "desk/ticket_events_*.jsonl",
    "sales.orders": "erp/orders_*.csv",
    "sales.order_lines": "erp/order_lines_*.csv",
}


@dataclass(frozen=True)
class Reading:
    """What one of them took: seconds without its start, rows, and the most memory of its processes."""

    seconds: float
    rows: int
    peak_mb: float


def compare_readers(home: Path, folder: Path, months: int) -> dict[str, Reading]:
    """Each of the three over the newest whole `months` of the large files of a home's exports."""
    shutil.rmtree(folder, ignore_errors=True)
    begun = f"{LAST_DAY + timedelta(days=1):_%Y%m}"  # the month of the day that is added for the second night
    for pattern in {*REGISTERS.values(), *FILES.values()}:
        files = sorted(file for file in (home / "sample").glob(pattern) if not file.stem.endswith(begun))
        for file in files[-months:]:
            link = folder / "sample" / file.relative_to(home / "sample")
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file)
    return {name: _reading(name, folder) for name in READERS}


def _reading(name: str, folder: Path) -> Reading:
    environment = os.environ | {"RUNTIME__DLTHUB_TELEMETRY": "false", "POLARS_MAX_THREADS": str(_threads())}
    done = measure(["-m", "bench.readers", name, str(folder)], environment=environment, folder=PROJECT_ROOT)
    said = json.loads(done.output.strip().splitlines()[-1])
    return Reading(said["seconds"], said["rows"], max(done.peak_mb.values()))


def _threads() -> int:
    from orchestration.limits import duckdb_limits

    return int(duckdb_limits()["threads"])


def _land(folder: Path) -> Iterator[int]:
    from ingestion.contract import load_contracts
    from ingestion.landing import Landing, land_table
    from ingestion.profile import load_profile
    from orchestration.limits import memory_bytes

    profile, contracts = load_profile(SAMPLE_PROFILE, {"GOLDTHREAD_HOME": str(folder)}), load_contracts()
    shutil.rmtree(folder / "landing", ignore_errors=True)
    landing = Landing(folder, memory_bytes=memory_bytes())
    for table in REGISTERS:
        land_table(profile, contracts[table], landing, run_id="bench")
    yield 0
    for table in FILES:
        landed = land_table(profile, contracts[table], landing, run_id="bench")
        yield sum(load.rows_in_file for load in landed.loads_new)


def _duckdb(folder: Path) -> Iterator[int]:
    import duckdb

    from orchestration.limits import duckdb_limits

    out = folder / "duckdb"
    out.mkdir(exist_ok=True)
    connection = duckdb.connect(config=duckdb_limits())
    yield 0
    for table, pattern in FILES.items():
        reader = "read_csv" if pattern.endswith("csv") else "read_json"
        rows = f"select * from {reader}('{folder}/sample/{pattern}', ignore_errors = true)"
        target = f"'{out / table}.parquet' (format parquet, compression zstd)"
        [(count,)] = connection.execute(f"copy ({rows}) to {target}").fetchall()
        yield count


def _dlt(folder: Path) -> Iterator[int]:
    import dlt
    from dlt.sources.filesystem import filesystem, read_csv, read_jsonl

    out = folder / "dlt"
    shutil.rmtree(out, ignore_errors=True)
    pipeline = dlt.pipeline(
        "goldthread_bench",
        pipelines_dir=str(out / "state"),
        destination=dlt.destinations.filesystem(bucket_url=(out / "parquet").as_uri()),
        dataset_name="bench",
    )
    yield 0
    for table, pattern in FILES.items():
        read = read_csv if pattern.endswith("csv") else read_jsonl
        files = filesystem(bucket_url=(folder / "sample").as_uri(), file_glob=pattern)
        rows = (files | read()).with_name(table.replace(".", "_"))
        pipeline.run(rows, loader_file_format="parquet", write_disposition="replace")
        yield sum(
            count
            for name, count in pipeline.last_trace.last_normalize_info.row_counts.items()
            if name == table.replace(".", "_")
        )


READERS: dict[str, Callable[[Path], Iterator[int]]] = {"landing": _land, "duckdb": _duckdb, "dlt": _dlt}


def main() -> None:
    """Run one of the three; the clock starts when it is ready."""
    counts = READERS[sys.argv[1]](Path(sys.argv[2]))
    next(counts)
    begun = time.monotonic()
    rows = sum(counts)
    print(json.dumps({"seconds": round(time.monotonic() - begun, 3), "rows": rows}))


if __name__ == "__main__":
    main()
