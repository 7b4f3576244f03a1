"""Suites on the landed data, generated from the contracts, and the DuckDB file in which they run.

The file holds views over the Parquet of all committed loads, what the loads' manifests count, and the columns
that the contracts promise; no row is copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import polars as pl

from ingestion.contract import Column, Contract
from ingestion.store import OWN_COLUMNS, Landing
from ingestion.versions import version_columns
from quality.expectations.suite import PRIVATE, Expectation, Suite

NumberedColumn = tuple[int, str, str]  # position from 1, name, DuckDB type

TABLES = {
    "contract_column": ["table_name", "position", "column_name", "column_type", "is_required"],
    "landed_column": ["table_name", "position", "column_name", "column_type"],
    "load_manifest": ["table_name", "load_id", "rows_landed", "rows_deleted"],
}


def relation_name(contract: Contract) -> str:
    """The name of a contract's table where names have no dot: `hr__employees`."""
    return f"{contract.domain}__{contract.name}"


def landed_tables(landing: Landing, contracts: Mapping[str, Contract]) -> list[Contract]:
    """The contracts of which something has landed."""
    return [contract for contract in contracts.values() if landing.current_paths(contract.table)]


def write_landed_views(file: Path, landing: Landing, contracts: list[Contract]) -> None:
    """Create the DuckDB file that landed suites run on."""
    promised_columns: list[tuple] = []
    landed_columns: list[tuple] = []
    manifest: list[tuple] = []
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema landed")
        for contract in contracts:
            table, paths = contract.table, landing.current_paths(contract.table)
            promised = _promised_columns(connection, contract)
            connection.execute(_view(contract, promised, paths))
            required = {*contract.required_columns, *OWN_COLUMNS}
            promised_columns += [(table, *column, column[1] in required) for column in promised]
            landed_columns += [(table, *column) for column in _columns(connection, _read_parquet(paths[-1:]))]
            manifest += [
                (table, load.load_id, load.rows_landed, load.rows_deleted) for load in landing.loads(table)
            ]
        for name, rows in [
            ("contract_column", promised_columns),
            ("landed_column", landed_columns),
            ("load_manifest", manifest),
        ]:
            connection.register("rows", pl.DataFrame(rows, schema=TABLES[name], orient="row"))
            connection.execute(f"create table {name} as select * from rows")


def _view(contract: Contract, promised: list[NumberedColumn], paths: list[Path]) -> str:
    # A load from before a column was added to the contract lacks it: its rows have no value there.
    nothing = ", ".join(f"null::{column_type} as {name}" for _, name, column_type in promised)
    return (
        f"create view landed.{relation_name(contract)} as select {nothing} where false "
        f"union all by name select * from {_read_parquet(paths)}"
    )


def _promised_columns(connection: duckdb.DuckDBPyConnection, contract: Contract) -> list[NumberedColumn]:
    """Every column of a landed file, with its DuckDB type: the contract's, then the landing's own."""
    connection.register("promised", pl.DataFrame(schema={**contract.polars_schema(), **OWN_COLUMNS}))
    return _columns(connection, "promised")


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> list[NumberedColumn]:
    described = connection.execute(f"describe select * from {relation}").fetchall()
    return [
        (position, name, column_type) for position, (name, column_type, *_) in enumerate(described, start=1)
    ]


def _read_parquet(paths: list[Path]) -> str:
    quoted = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{quoted}], union_by_name = true, hive_partitioning = false)"


def landed_suites(contracts: list[Contract]) -> list[Suite]:
    """One suite per contract."""
    return [
        Suite(
            name=f"landed__{relation_name(contract)}",
            layer="landed",
            table=contract.table,
            relation=("landed", relation_name(contract)),
            expectations=tuple(_expectations(contract)),
            domain=contract.domain,
        )
        for contract in contracts
    ]


def _expectations(contract: Contract) -> Iterator[Expectation]:
    yield _columns_match_contract(contract)
    yield _newest_version_is_unique(contract)
    yield _rows_match_manifest(contract)
    if contract.required_columns:
        yield _required_values_are_present(contract)
    if any(_limit(name, column) for name, column in contract.columns.items()):
        yield _values_are_within_limits(contract)


def _columns_match_contract(contract: Contract) -> Expectation:
    return Expectation(
        "columns_match_contract",
        "The newest load has the contract's columns in the contract's order and types, and no other.",
        "最新一批数据的列与契约一致：顺序、类型相同，无多余列。",
        # A column that the contract gained since, and that needs no value, may be missing.
        f"""
with found as (select * from landed_column where table_name = '{contract.table}'),
promised as (
    select * from contract_column where table_name = '{contract.table}'
        and (is_required or column_name in (select column_name from found))
)
select
    f.column_name as column_landed, f.column_type as type_landed,
    p.column_name as column_in_contract, p.column_type as type_in_contract
from (select *, row_number() over (order by position) as place from found) as f
full join (select *, row_number() over (order by position) as place from promised) as p
    on f.place = p.place
where f.column_name is distinct from p.column_name or f.column_type is distinct from p.column_type
""",
    )


def _newest_version_is_unique(contract: Contract) -> Expectation:
    listed = ", ".join([*version_columns(contract), "_sequence"])
    return Expectation(
        "newest_version_is_unique",
        f"Of each record ({', '.join(contract.key)}) a load holds one newest version.",
        f"每条记录（{'、'.join(contract.key)}）在一批数据中只有一个最新版本。",
        f"select {listed}, count(*) as versions from batch group by {listed} having count(*) > 1",
    )


def _rows_match_manifest(contract: Contract) -> Expectation:
    return Expectation(
        "rows_match_load_manifest",
        "Each load holds as many rows as its load.json says: landed and deleted.",
        "每批数据的行数与其 load.json 所记的入库行数与删除行数一致。",
        f"""
select coalesce(f._load_id, m.load_id) as load_id, f.rows_found, m.rows_landed, m.rows_deleted
from (select _load_id, count(*) as rows_found from batch group by _load_id) as f
full join (select * from load_manifest where table_name = '{contract.table}') as m
    on f._load_id = m.load_id
where coalesce(f.rows_found, 0) <> coalesce(m.rows_landed + m.rows_deleted, -1)
""",
    )


def _required_values_are_present(contract: Contract) -> Expectation:
    names = contract.required_columns
    return Expectation(
        "required_values_are_present",
        f"Never empty: {', '.join(names)}.",
        f"以下各列不为空：{'、'.join(names)}。",
        # A deletion found by comparing snapshots knows only the key of what is gone.
        _rows_of_any(contract, [(name, "null", f"{name} is null and not _is_deleted") for name in names]),
    )


def _values_are_within_limits(contract: Contract) -> Expectation:
    limits = {name: _limit(name, column) for name, column in contract.columns.items()}
    described = [limit for limit in limits.values() if limit]
    return Expectation(
        "values_are_within_limits",
        f"Where there is a value: {'; '.join(described)}.",
        f"有值时须满足：{'；'.join(described)}。",
        _rows_of_any(
            contract,
            [
                (name, "null" if contract.columns[name].privacy in PRIVATE else name, f"not ({limit})")
                for name, limit in limits.items()
                if limit
            ],
        ),
    )


def _limit(name: str, column: Column) -> str | None:
    """The column's allowed values, minimum and maximum as a SQL condition, which people can read as well."""
    limits = []
    if column.allowed:
        values = ", ".join("'" + value.replace("'", "''") + "'" for value in column.allowed)
        limits.append(f"{name} in ({values})")
    if column.minimum is not None:
        limits.append(f"{name} >= {column.minimum}")
    if column.maximum is not None:
        limits.append(f"{name} <= {column.maximum}")
    return " and ".join(limits) or None


def _rows_of_any(contract: Contract, conditions: list[tuple[str, str, str]]) -> str:
    """Key and place of the rows that meet a condition, by (column, expression to show, condition)."""
    public = [name for name in contract.key if contract.columns[name].privacy not in PRIVATE]
    listed = ", ".join([*public, "_source_file", "_source_row"])
    return "\nunion all\n".join(
        f"select '{name}' as column_name, cast({shown} as varchar) as value, {listed}"
        f" from batch where {condition}"
        for name, shown, condition in conditions
    )
