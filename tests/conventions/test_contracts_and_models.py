"""Contracts, dbt models and metric files agree, in both languages, and none grows out of hand."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.contract import CONTRACTS_FOLDER, load_contracts
from metric_library.compile import COMPONENT_UNION, DAY_FINGERPRINTS, FORMULA_MODEL, RECORD_UNION

DBT = Path(__file__).resolve().parents[2] / "dbt_project"
MODELS = DBT / "models"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LONGEST_MODEL = 130

SQL_MODELS = {path.stem: path for path in MODELS.rglob("*.sql")}
METRIC_FILES = sorted((MODELS / "metrics").rglob("*.yml"))


def documents(folder: Path, key: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(folder.rglob("*.yml")):
        for item in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get(key) or []:
            yield path, item


PROPERTIES = {model["name"]: model for _, model in documents(MODELS, "models")}
METRICS = {metric["name"]: metric for _, metric in documents(MODELS / "metrics", "metrics")}


def folder_settings(path: Path) -> dict[str, Any]:
    """What dbt_project.yml says of a model's folder, the nearest folder last."""
    level = yaml.safe_load((DBT / "dbt_project.yml").read_text(encoding="utf-8"))["models"]["goldthread"]
    settings: dict[str, Any] = {}
    for part in (*path.relative_to(MODELS).parts[:-1], None):
        settings |= {key.removeprefix("+"): value for key, value in level.items() if key.startswith("+")}
        if part is None or part not in level:
            return settings
        level = level[part]
    return settings


def settings_of(name: str) -> dict[str, Any]:
    return folder_settings(SQL_MODELS[name]) | (PROPERTIES.get(name, {}).get("config") or {})


PUBLISHED = sorted(
    name
    for name in SQL_MODELS
    if settings_of(name).get("schema") in ("marts", "core")
    or "published" in settings_of(name).get("tags", [])
)


def test_each_contract_has_one_staging_model_and_each_staging_model_a_contract() -> None:
    expected = {f"stg_{contract.domain}__{contract.name}" for contract in load_contracts().values()}

    assert {path.stem for path in (MODELS / "staging").rglob("*.sql")} == expected


def test_staging_models_are_the_newest_version_and_nothing_else() -> None:
    for contract in load_contracts().values():
        model = SQL_MODELS[f"stg_{contract.domain}__{contract.name}"].read_text(encoding="utf-8")
        statement = re.sub(r"\{#.*?#\}|--[^\n]*", "", model, flags=re.DOTALL).strip()
        assert statement == f"{{{{ newest_version('{contract.domain}', '{contract.name}') }}}}"


def test_each_contract_states_its_grain() -> None:
    for contract in load_contracts().values():
        assert contract.grain.startswith("One row per "), contract.table
        assert CHINESE.search(contract.grain_zh), contract.table


def test_each_column_is_described_in_both_languages() -> None:
    for contract in load_contracts().values():
        for name, column in contract.columns.items():
            assert column.description.strip(), f"{contract.table}.{name}"
            assert CHINESE.search(column.description_zh), f"{contract.table}.{name}"


def test_contract_files_are_named_like_their_tables() -> None:
    named = {f"{path.parent.name}.{path.stem}" for path in CONTRACTS_FOLDER.glob("*/*")}

    assert named == set(load_contracts())


@pytest.mark.parametrize(
    "name", sorted(set(SQL_MODELS) - {name for name in SQL_MODELS if name.startswith("stg_")})
)
def test_model_description_starts_with_its_grain(name: str) -> None:
    assert name in PROPERTIES, f"{SQL_MODELS[name]} has no description"
    description = PROPERTIES[name].get("description", "")

    assert re.match(r"One row(:|,| per) ", description), description


def test_no_property_file_describes_a_model_that_is_gone() -> None:
    generated = {path.stem for path in (COMPONENT_UNION, RECORD_UNION, FORMULA_MODEL, DAY_FINGERPRINTS)}

    assert set(PROPERTIES) - set(SQL_MODELS) <= generated


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_mart_has_an_enforced_contract(name: str) -> None:
    settings = settings_of(name)

    assert (settings.get("contract") or {}).get("enforced") is True
    assert CHINESE.search(settings.get("meta", {}).get("description_zh", ""))
    columns = PROPERTIES[name]["columns"]
    assert columns
    assert [
        column["name"] for column in columns if not column.get("data_type") or not column.get("description")
    ] == []


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_mart_is_put_in_order_by_columns_that_it_has(name: str) -> None:
    meta = settings_of(name).get("meta", {})
    types = {column["name"]: column["data_type"] for column in PROPERTIES[name]["columns"]}

    assert set(meta.get("grain", ())) <= set(types)
    assert "partitioned_by" not in meta or types[meta["partitioned_by"]] == "date"


def test_the_metric_engine_reads_facts_and_never_staging() -> None:
    for path in (MODELS / "marts" / "metrics").rglob("*.sql"):
        assert "ref('stg_" not in path.read_text(encoding="utf-8"), path


def test_no_model_is_longer_than_a_reader_can_hold() -> None:
    long = {name: path.read_text(encoding="utf-8").count("\n") for name, path in SQL_MODELS.items()}

    assert {name: lines for name, lines in long.items() if lines > LONGEST_MODEL} == {}


@pytest.mark.parametrize("path", METRIC_FILES, ids=lambda path: path.stem)
def test_metric_file_holds_exactly_its_metric(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert set(content) - {"version"} == {"metrics"}
    assert [metric["name"] for metric in content["metrics"]] == [path.stem]


@pytest.mark.parametrize("name", METRICS)
def test_metric_is_named_and_defined_in_both_languages(name: str) -> None:
    metric = METRICS[name]
    kpi = metric["config"]["meta"]["kpi"]

    assert metric["label"].strip()
    assert metric["description"].strip()
    assert CHINESE.search(kpi["name_zh"])
    assert CHINESE.search(kpi["definition_zh"])


def test_metric_names_are_unique() -> None:
    assert len(METRICS) == len(METRIC_FILES)


@pytest.mark.parametrize("path", sorted((MODELS / "semantic").rglob("*.yml")), ids=lambda path: path.stem)
def test_semantic_file_is_that_of_its_fact(path: Path) -> None:
    models = yaml.safe_load(path.read_text(encoding="utf-8"))["semantic_models"]

    assert {model["model"] for model in models} == {f"ref('{path.stem}')"}
    assert path.stem in SQL_MODELS


@pytest.mark.parametrize("profile", ["sample", "adventureworks", "service_desk"])
def test_profile_names_its_company_in_both_languages(profile: str) -> None:
    sources = DBT.parent / "profiles" / profile / "sources.yml"
    company = yaml.safe_load(sources.read_text(encoding="utf-8"))["company"]

    assert company["name"]
    assert CHINESE.search(company["name_zh"])
