"""The staged copy of the dbt project that a night runs, kept at one place and touched only where it changed.

dbt parses only changed files when it finds the project where it was, so what is the same is not rewritten.
What the contracts know (sources, columns, keys, references) is generated here and stands nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ingestion.contract import Column, Contract
from orchestration.warehouse import LANDING_COLUMNS

if TYPE_CHECKING:
    from metric_library.compile import CompiledLibrary

DBT_PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"

COMPANY_METRICS = Path("models/metrics/company")
GENERATED_MARK = "# Generated from ingestion/contracts at staging; edit the contract.\n"

# What dbt itself writes into the project folder.
DBT_OUTPUT = {"target", "logs", ".user.yml"}


def stage_dbt_project(
    home: Path,
    contracts: Mapping[str, Contract],
    compiled: CompiledLibrary,
    *,
    held_out: Iterable[Path] = (),
    extra_metric_files: Iterable[Path] = (),
) -> Path:
    """Bring `home`/dbt/project up to date and return it.

    The compiled library brings generated models, by their path below `models/`. `held_out` are files of
    `dbt_project/` or of `extra_metric_files` (the profile's own metrics) that dbt is told to ignore. Raises
    ValueError when two files would have the same place.
    """
    target = home / "dbt" / "project"
    sources = {path: path.relative_to(DBT_PROJECT) for path in _project_files()}
    sources |= {Path(path).resolve(): COMPANY_METRICS / Path(path).name for path in extra_metric_files}
    files = _contents(sources)
    generated = {Path("models") / path: text for path, text in compiled.sql_models.items()}
    generated |= contract_files(contracts)
    generated[Path(".dbtignore")] = _ignored(held_out, sources)
    for path, text in generated.items():
        if path in files:
            raise ValueError(f"{path}: generated, but the project has a file of that name")
        files[path] = text.encode("utf-8")
    _synchronise(target, files)
    return target


def contract_files(contracts: Mapping[str, Contract]) -> dict[Path, str]:
    """The generated part of the project, by path: sources, staging properties, the contracts as macros."""
    domains = sorted({contract.domain for contract in contracts.values()})
    files = {Path("models/staging/_landed__sources.yml"): _yaml({"sources": [_landed_source(contracts)]})}
    for domain in domains:
        models = [_staging_properties(c) for c in contracts.values() if c.domain == domain]
        files[Path(f"models/staging/{domain}/_stg_{domain}__models.yml")] = _yaml({"models": models})
    files[Path("macros/contracts.sql")] = _contract_macros(contracts)
    return files


def _project_files() -> list[Path]:
    found = (path for path in DBT_PROJECT.rglob("*") if path.is_file())
    return sorted(path for path in found if path.relative_to(DBT_PROJECT).parts[0] not in DBT_OUTPUT)


def _contents(sources: Mapping[Path, Path]) -> dict[Path, bytes]:
    contents: dict[Path, bytes] = {}
    for source, place in sources.items():
        if place in contents:
            raise ValueError(f"{source}: another metric file is already called {place.name}")
        contents[place] = source.read_bytes()
    return contents


def _ignored(held_out: Iterable[Path], sources: Mapping[Path, Path]) -> str:
    places = []
    for path in held_out:
        resolved = Path(path).resolve()
        if resolved not in sources:
            raise ValueError(f"{path}: held out, but it is not part of the staged project")
        places.append("/" + sources[resolved].as_posix())
    return "".join(f"{place}\n" for place in sorted(places))


def _synchronise(target: Path, files: Mapping[Path, bytes]) -> None:
    for place, content in files.items():
        path = target / place
        if path.is_file() and path.read_bytes() == content:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.part")
        temporary.write_bytes(content)
        os.replace(temporary, path)
    for path in sorted(target.rglob("*"), reverse=True):
        place = path.relative_to(target)
        if place.parts[0] in DBT_OUTPUT or place in files:
            continue
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        else:
            path.unlink()


def _landed_source(contracts: Mapping[str, Contract]) -> dict[str, Any]:
    return {
        "name": "landed",
        "schema": "landed",
        "description": "Every committed load of every canonical table, all versions of a record.",
        "tables": [
            {
                "name": f"{contract.domain}__{contract.name}",
                "description": f"One row per landed version. {contract.grain}",
                "columns": [*_columns(contract), *({"name": name} for name in LANDING_COLUMNS)],
            }
            for contract in contracts.values()
        ],
    }


def _staging_properties(contract: Contract) -> dict[str, Any]:
    return {
        "name": f"stg_{contract.domain}__{contract.name}",
        "description": f"{contract.grain} The newest landed version of each.",
        "config": {"meta": {"description_zh": contract.grain_zh, "owner": contract.owner}},
        "columns": _columns(contract),
    }


def _columns(contract: Contract) -> list[dict[str, Any]]:
    return [_column(name, column) for name, column in contract.columns.items()]


def _column(name: str, column: Column) -> dict[str, Any]:
    meta = {"description_zh": column.description_zh, "privacy": column.privacy, "unit": column.unit}
    return {
        "name": name,
        "data_type": column.duckdb_type.lower(),
        "description": column.description,
        "config": {"meta": {key: value for key, value in meta.items() if value}},
    }


def _contract_macros(contracts: Mapping[str, Contract]) -> str:
    tables = {
        table: {"key": list(c.key), "version_by": c.version_by, "columns": list(c.columns)}
        for table, c in contracts.items()
    }
    references = [
        {
            "from": contract.table,
            "column": column,
            "to": reference.table,
            "to_column": reference.column,
        }
        for contract in contracts.values()
        for column, reference in contract.references.items()
    ]
    entries = "".join(f"    {table!r}: {entry!r},\n" for table, entry in tables.items())
    listed = "".join(f"    {entry!r},\n" for entry in references)
    return (
        "{#- Generated from ingestion/contracts at staging; edit the contract. -#}\n"
        "{% macro contract_table(domain, table) -%}\n{{ return({\n"
        + entries
        + "}[domain ~ '.' ~ table]) }}\n"
        "{%- endmacro %}\n\n"
        "{% macro contract_references() -%}\n{{ return([\n" + listed + "]) }}\n{%- endmacro %}\n"
    )


def _yaml(document: dict[str, Any]) -> str:
    text = yaml.safe_dump({"version": 2, **document}, sort_keys=False, allow_unicode=True, width=110)
    return GENERATED_MARK + text
