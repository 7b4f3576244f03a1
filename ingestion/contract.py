"""The contract of a canonical table: what a row means and what it has to satisfy.

One YAML file per table under `ingestion/contracts/<domain>/`. It is the single source for the reader, the
landing schema, the quarantine rules, the orchestration asset, the warehouse source, the expectations and
the documentation: adding a column is one edit there.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ingestion.yaml_lines import YamlError, load_yaml, validation_messages

CONTRACTS_FOLDER = Path(__file__).parent / "contracts"

_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
_POLARS_TYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us"),
}
_DUCKDB_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


class ContractError(Exception):
    """Contracts that cannot be used; one line per problem, with file and line."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Reference(_Strict):
    """A column that names a record of another table (by the first column of that table's key).

    `unknown: quarantine` keeps a row with an unknown id out until the other table knows it; `unknown:
    report` lets the row in and counts it.
    """

    table: str
    unknown: Literal["quarantine", "report"]
    column: str = ""  # the column referred to; filled in when all contracts are known


class Column(_Strict):
    """One column: its type, meaning, unit, limits and class of personal data."""

    type: str
    required: bool = False
    privacy: Literal["pseudonym", "personal", "sensitive"] | None = None
    unit: str | None = None
    allowed: tuple[str, ...] | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    references: Reference | None = None
    description: str
    description_zh: str

    @field_validator("type")
    @classmethod
    def _known_type(cls, value: str) -> str:
        value = value.replace(" ", "")
        match = _DECIMAL.fullmatch(value)
        if match and not 0 <= int(match[2]) <= int(match[1]) <= 38:
            raise ValueError(f"{value}: the precision is at most 38 and the scale at most the precision")
        if not match and value not in _POLARS_TYPES:
            raise ValueError(f"unknown type {value!r}; known: {', '.join(_POLARS_TYPES)}, decimal(p,s)")
        return value

    @property
    def decimal(self) -> tuple[int, int] | None:
        """(precision, scale) of a decimal column, else None."""
        match = _DECIMAL.fullmatch(self.type)
        return (int(match[1]), int(match[2])) if match else None

    @property
    def polars_type(self) -> pl.DataType:
        decimal = self.decimal
        return pl.Decimal(*decimal) if decimal else _POLARS_TYPES[self.type]

    @property
    def duckdb_type(self) -> str:
        decimal = self.decimal
        return f"DECIMAL({decimal[0]},{decimal[1]})" if decimal else _DUCKDB_TYPES[self.type]


class Contract(_Strict):
    """One canonical table: `grain` says what a row is, `key` identifies it, `version_by` orders versions."""

    table: str = Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
    grain: str
    grain_zh: str
    key: tuple[str, ...] = Field(min_length=1)
    version_by: str | None = None
    event_time: str | None = None
    freshness: str
    owner: str
    columns: dict[str, Column]

    @model_validator(mode="after")
    def _names_exist(self) -> Contract:
        named = [*self.key, *filter(None, (self.version_by, self.event_time))]
        for name in named:
            if name not in self.columns:
                raise ValueError(f"{name!r} is not one of the table's columns")
        for name in self.columns:
            if name.startswith("_"):
                raise ValueError(f"{name!r}: a leading underscore is kept for the landing's own columns")
        return self

    @field_validator("freshness")
    @classmethod
    def _is_duration(cls, value: str) -> str:
        match = _DURATION.fullmatch(value)
        if not match or not any(match.groups()):
            raise ValueError(f"{value!r} is not a duration such as P2D or PT12H")
        return value

    @property
    def domain(self) -> str:
        return self.table.partition(".")[0]

    @property
    def name(self) -> str:
        return self.table.partition(".")[2]

    @property
    def freshness_window(self) -> timedelta:
        """How old the newest load may be before the table counts as stale."""
        match = _DURATION.fullmatch(self.freshness)
        days, hours, minutes = (int(part or 0) for part in match.groups())
        return timedelta(days=days, hours=hours, minutes=minutes)

    @property
    def required_columns(self) -> list[str]:
        return [name for name, column in self.columns.items() if column.required]

    @property
    def references(self) -> dict[str, Reference]:
        """The references of the table, by column."""
        return {name: column.references for name, column in self.columns.items() if column.references}

    def polars_schema(self) -> dict[str, pl.DataType]:
        """Contract column → polars type, in contract order."""
        return {name: column.polars_type for name, column in self.columns.items()}

    def duckdb_columns(self) -> dict[str, str]:
        """Contract column → DuckDB type, in contract order."""
        return {name: column.duckdb_type for name, column in self.columns.items()}

    def fingerprint(self) -> str:
        """Changes when a row could be read or judged differently; not when only words about it change."""
        columns = {
            name: column.model_dump(mode="json", exclude={"description", "description_zh", "unit", "privacy"})
            for name, column in self.columns.items()
        }
        judged = {"table": self.table, "key": self.key, "version_by": self.version_by, "columns": columns}
        return hashlib.sha256(json.dumps(judged, sort_keys=True).encode()).hexdigest()[:16]


def load_contracts(folder: Path = CONTRACTS_FOLDER) -> dict[str, Contract]:
    """All contracts below a folder, by table name (`hr.employees`), sorted by name.

    Raises ContractError with every problem found.
    """
    return dict(_load_contracts(folder))


@cache
def _load_contracts(folder: Path) -> dict[str, Contract]:
    contracts: dict[str, Contract] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*/*.yml")):
        try:
            data, lines = load_yaml(path)
        except YamlError as error:
            problems.append(str(error))
            continue
        try:
            contract = Contract.model_validate(data)
        except ValidationError as error:
            problems += validation_messages(error, path, lines)
            continue
        expected = f"{path.parent.name}.{path.stem}"
        if contract.table != expected:
            problems.append(f"{path}: names the table {contract.table}, its place says {expected}")
            continue
        contracts[contract.table] = contract
    for table, contract in contracts.items():
        for column, reference in contract.references.items():
            if reference.table not in contracts:
                problems.append(f"{table}.{column} refers to {reference.table}, which has no contract")
    if problems:
        raise ContractError("\n".join(problems))
    return {table: _resolve_references(contracts[table], contracts) for table in sorted(contracts)}


def _resolve_references(contract: Contract, contracts: dict[str, Contract]) -> Contract:
    columns = dict(contract.columns)
    for name, reference in contract.references.items():
        column = reference.column or contracts[reference.table].key[0]
        resolved = reference.model_copy(update={"column": column})
        columns[name] = columns[name].model_copy(update={"references": resolved})
    return contract.model_copy(update={"columns": columns})
