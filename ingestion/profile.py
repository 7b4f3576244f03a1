"""A company's profile: which systems it has, where their data is and how that maps onto the canonical
tables.

`profiles/<company>/sources.yml` holds all of it, so that taking on a company needs no Python. Keys that are
not known are errors, and every error names file and line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from ingestion.contract import Contract, load_contracts
from ingestion.yaml_lines import Location, YamlError, line_of, load_yaml, validation_messages

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


# The parts of the shipped metric library that a company switches on by name.
StarterPack = Literal["service", "sales", "rd", "manufacturing", "hr", "finance"]


class ProfileError(Exception):
    """A profile that cannot be used; one line per problem, with file and line."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_text(value: Any) -> Any:
    """YAML reads `- 0` as a number and `- no` as a boolean; a token of a text file is text."""
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float | date) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
Tokens = Annotated[tuple[str, ...], BeforeValidator(lambda value: _as_text(_as_list(value)))]


class Format(_Strict):
    """How a file is written. Without a `type` the file's ending says it."""

    type: Literal["csv", "tsv", "json", "jsonl", "parquet", "xlsx", "yaml"] | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    encoding: str = "utf-8"
    quote: str | None = Field(default='"', max_length=1)
    header: bool = True
    names: tuple[str, ...] | None = None  # names for the columns of a file without a header
    skip_rows: int = Field(default=0, ge=0)  # lines above the header
    path: str | None = None  # JSON and YAML: where the records are, e.g. data.items
    sheet: str | int | None = None

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError:
            raise ValueError(f"unknown encoding {value!r}; for example utf-8, gb18030, cp1252") from None
        return value

    @model_validator(mode="after")
    def _names_need_no_header(self) -> Format:
        if self.names and self.header:
            raise ValueError("names are for a file without a header: say header: false")
        return self


class DecimalStyle(_Strict):
    """How numbers are written: characters to drop, thousands separator, decimal mark, sign of negatives."""

    strip: str = ""
    thousands: str = ""
    mark: str = "."
    negative: Literal["sign", "parentheses", "trailing"] = "sign"
    round: bool = False  # without it a number with more places than the contract's is a bad row


class LookupValue(_Strict):
    """A SQL expression over the rows of a key in a lookup's file: an aggregate, or what they all agree on."""

    sql: str


class Lookup(_Strict):
    """Another file (or several, as a pattern) that turns a source's key into the value wanted.

    A key that names more than one value is an error of the profile. `then` looks the value up once more
    elsewhere, as where a surrogate key leads to a natural one.
    """

    file: str
    format: Format = Format()
    key: str
    value: str | LookupValue
    then: Lookup | None = None


class ColumnMapping(_Strict):
    """Where one contract column comes from and how its text is read.

    Exactly one of `from` (a source column), `sql` (an expression over the source's columns, all of them
    text) and `value` (a constant). Then, in this order: trim, nulls, case, map, lookup, and last the
    column's type.
    """

    from_: str | None = Field(default=None, alias="from")
    sql: str | None = None
    value: Any = None
    parse: Names = ()  # date or timestamp formats; a value that several read differently is ambiguous
    nulls: Tokens = ()
    trim: bool = True
    case: Literal["upper", "lower"] | None = None
    map: dict[str, str | None] | None = None
    lookup: Lookup | None = None
    unmapped: Literal["quarantine", "keep", "null"] = "quarantine"
    decimal: DecimalStyle | None = None
    time_zone: str | None = None
    optional: bool = False  # the source column may be absent; it is then NULL

    @field_validator("map", mode="before")
    @classmethod
    def _text_map(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {_as_text(key): _as_text(word) for key, word in value.items()}

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        return _time_zone(value)

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnMapping:
        if len({"from_", "sql", "value"} & self.model_fields_set) != 1:
            raise ValueError("say exactly one of: from, sql, value")
        return self


def _column_mapping(value: Any) -> Any:
    return {"from": value} if isinstance(value, str) else value


ColumnMappings = dict[str, Annotated[ColumnMapping, BeforeValidator(_column_mapping)]]


class Unpivot(_Strict):
    """Turns columns into rows: each of `columns` (names, or a pattern such as `M*`) becomes one row."""

    columns: Names
    name: str = "name"
    value: str = "value"


class Explode(_Strict):
    """Turns a list in one column into rows. Without a delimiter the text is a JSON list."""

    column: str
    delimiter: str | None = None


class TableMapping(_Strict):
    """How one table is filled from one kind of file. Paths are relative to the source's root."""

    path: Names = ()
    rows: tuple[dict[str, Any], ...] | None = None
    format: Format = Format()
    # None: every contract column by its own name (written `columns: same`)
    columns: Annotated[ColumnMappings | None, BeforeValidator(lambda v: None if v == "same" else v)] = None
    nulls: Tokens = ()
    decimal: DecimalStyle | None = None
    unpivot: Unpivot | None = None
    explode: Annotated[
        Explode | None, BeforeValidator(lambda v: {"column": v} if isinstance(v, str) else v)
    ] = None
    filter: str | None = None
    distinct: bool = False  # the file is finer than the table: repeated rows are expected and not counted
    key: Names = ()  # source columns from which an identifier is made
    time_zone: str | None = None
    snapshot: bool | Literal["series"] | None = None

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        return _time_zone(value)

    @model_validator(mode="after")
    def _one_origin(self) -> TableMapping:
        if bool(self.path) == (self.rows is not None):
            raise ValueError("say either path or rows")
        return self


class Source(_Strict):
    """One system. A `library` is the company's own strategy folder, whose files are always complete."""

    kind: Literal["files", "library"] = "files"
    root: str | None = None
    tables: dict[
        str,
        Annotated[tuple[TableMapping, ...], BeforeValidator(lambda v: v if isinstance(v, list) else [v])],
    ]


class Company(_Strict):
    """Who the profile is about, where its days begin and what its amounts are in."""

    name: str
    name_zh: str | None = None
    time_zone: str
    currency: str = Field(pattern=r"^[A-Z]{3}$")

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return _time_zone(value)


def _time_zone(value: str | None) -> str | None:
    if value is not None and value not in available_timezones():
        raise ValueError(f"unknown time zone {value!r}; for example Asia/Shanghai, UTC")
    return value


class Profile(_Strict):
    """A company's `sources.yml`, read and checked."""

    company: Company
    as_of: date | None = None
    schedule: str = "30 2 * * *"
    data_root: str = "."
    generate: dict[str, Any] | None = None
    starter_packs: tuple[StarterPack, ...] | None = None  # None: all of them
    # The library's metrics name positions; a company that calls them otherwise says here what they are.
    positions: dict[str, str] = {}
    # The chains of goals that a programme is tried out on first, each by the goal at its top.
    pilot_goals: tuple[str, ...] = ()
    definitions: Any = None  # a place for YAML anchors that several mappings share; nothing reads it
    sources: dict[str, Source]

    _file: Path = PrivateAttr(default=Path("sources.yml"))

    @field_validator("starter_packs", mode="before")
    @classmethod
    def _known_packs(cls, value: Any) -> Any:
        known = get_args(StarterPack)
        unknown = [repr(name) for name in value if name not in known] if isinstance(value, list) else []
        if unknown:
            raise ValueError(f"unknown starter pack {', '.join(unknown)}; known: {', '.join(known)}")
        return value

    @property
    def name(self) -> str:
        return self.company.name

    @property
    def name_zh(self) -> str:
        return self.company.name_zh or self.company.name

    @property
    def time_zone(self) -> str:
        return self.company.time_zone

    def position(self, reference: str) -> str:
        """The company's own id of a position that the library names as `position:<id>`."""
        name = reference.removeprefix("position:")
        return self.positions.get(name, name)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.company.time_zone)

    @property
    def currency(self) -> str:
        return self.company.currency

    @property
    def file(self) -> Path:
        """The sources.yml itself."""
        return self._file

    @property
    def folder(self) -> Path:
        return self._file.parent

    @property
    def metrics_folder(self) -> Path | None:
        """The company's own metric files, if it has any."""
        folder = self.folder / "metrics"
        return folder if folder.is_dir() else None

    @property
    def data_folder(self) -> Path:
        """Where the sources' files are, unless a source has a root of its own."""
        return (self.folder / self.data_root).resolve()

    def source_root(self, source: str) -> Path:
        """The folder that a source's paths are relative to; its own `root` is relative to the profile's."""
        root = self.sources[source].root
        return self.data_folder if root is None else (self.folder / root).resolve()

    def tables(self) -> dict[str, list[tuple[str, TableMapping]]]:
        """Table → its mappings with the name of their source, in the order of the file."""
        found: dict[str, list[tuple[str, TableMapping]]] = {}
        for source_name, source in self.sources.items():
            for table, mappings in source.tables.items():
                found.setdefault(table, []).extend((source_name, mapping) for mapping in mappings)
        return found

    def connected_tables(self) -> list[str]:
        """The tables that some source fills, sorted."""
        return sorted({table for source in self.sources.values() for table in source.tables})

    def is_snapshot(self, source: str, mapping: TableMapping, table: str) -> bool:
        """Whether a record that vanished from a file is thereby deleted: so it is in the strategy library."""
        if mapping.snapshot is not None:
            return bool(mapping.snapshot)
        return self.sources[source].kind == "library" or table.startswith("library.")


def load_profile(path: Path, variables: Mapping[str, str] | None = None) -> Profile:
    """Read a profile from its folder or its sources.yml.

    `${NAME}` and `${NAME:-default}` are filled in from `variables`, else from the environment;
    GOLDTHREAD_HOME is `./.goldthread` when nothing sets it. Raises ProfileError with every problem found.
    """
    file = (path / "sources.yml" if path.is_dir() else path).resolve()
    if not file.exists():
        raise ProfileError(f"{file}: there is no such file; a profile is a folder with a sources.yml")
    known = {"GOLDTHREAD_HOME": str(Path(".goldthread").resolve()), **os.environ, **(variables or {})}
    if not Path(known["GOLDTHREAD_HOME"]).is_absolute():
        known["GOLDTHREAD_HOME"] = str(Path(known["GOLDTHREAD_HOME"]).resolve())
    try:
        data, lines = load_yaml(file)
    except YamlError as error:
        raise ProfileError(str(error)) from None
    problems: list[str] = []
    data = _fill_in(data, (), known, lambda at, what: problems.append(f"{file}:{line_of(at, lines)}: {what}"))
    try:
        profile = Profile.model_validate(data)
    except ValidationError as error:
        raise ProfileError("\n".join([*problems, *validation_messages(error, file, lines)])) from None
    problems += [
        f"{file}:{line_of(at, lines)}: {what}" for at, what in _contract_problems(profile, load_contracts())
    ]
    if problems:
        raise ProfileError("\n".join(problems))
    profile._file = file
    return profile


def _fill_in(value: Any, at: Location, known: Mapping[str, str], complain: Any) -> Any:
    """The same data with every `${NAME:-default}` replaced."""
    if isinstance(value, dict):
        return {key: _fill_in(item, (*at, key), known, complain) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill_in(item, (*at, number), known, complain) for number, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        name, default = match[1], match[2]
        if known.get(name):
            return known[name]
        if default is None:
            complain(at, f"the variable {name} is not set; set it or write ${{{name}:-default}}")
            return ""
        return default

    return _VARIABLE.sub(replace, value)


def _contract_problems(profile: Profile, contracts: dict[str, Contract]) -> list[tuple[Location, str]]:
    """What the mappings say that the contracts do not know, or do not say that they need."""
    problems: list[tuple[Location, str]] = []
    for source_name, source in profile.sources.items():
        for table, mappings in source.tables.items():
            at: Location = ("sources", source_name, "tables", table)
            if table not in contracts:
                problems.append((at, f"{table}: there is no such table; known: {', '.join(contracts)}"))
                continue
            for mapping in mappings:
                problems += [(at, what) for what in _mapping_problems(mapping, contracts[table])]
    return problems


def _mapping_problems(mapping: TableMapping, contract: Contract) -> list[str]:
    if mapping.columns is None:
        return []
    problems: list[str] = []
    for name in mapping.columns:
        if name not in contract.columns and name != "_deleted":
            problems.append(f"{contract.table} has no column {name}; it has {', '.join(contract.columns)}")
    missing = [name for name in contract.key if name not in mapping.columns]
    if mapping.key and len(missing) != 1:
        problems.append(
            f"{contract.table}: `key` makes one identifier, but the mapping leaves {len(missing)} key "
            f"columns open ({', '.join(missing) or 'none'})"
        )
    made = set(missing) if mapping.key else set()
    unmapped = [
        name for name in contract.required_columns if name not in mapping.columns and name not in made
    ]
    if unmapped:
        problems.append(f"{contract.table}: nothing maps onto the required column(s) {', '.join(unmapped)}")
    return problems
