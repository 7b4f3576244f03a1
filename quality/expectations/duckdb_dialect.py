"""Great Expectations over DuckDB: keep one connection open.

Great Expectations opens a connection per query and closes it before it fetches the rows. Drivers that buffer
the result live with that; duckdb-engine does not: the answer arrives empty and surfaces as an IndexError
hidden in the expectation's `exception_info` (its issues 10738 and 11579). For the dialects in one private
tuple it keeps the connection, and DuckDB is not among them. Adding it there is all that it takes; a subclass
of the execution engine would not do, because metrics are registered by the engine's class name.
"""

from __future__ import annotations

from enum import StrEnum

from great_expectations.execution_engine import sqlalchemy_execution_engine


class DuckDBDialect(StrEnum):
    """Stands in for a member of Great Expectations' own enum: equals a dialect's name and has a `value`."""

    DUCKDB = "duckdb"


def keep_duckdb_connections_open() -> None:
    """Make Great Expectations hold one connection per DuckDB engine. Calling it again changes nothing."""
    kept = sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS
    if DuckDBDialect.DUCKDB not in kept:
        sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS = (*kept, DuckDBDialect.DUCKDB)
