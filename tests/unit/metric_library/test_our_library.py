"""The library that we ship: sound, reducible and traceable to the columns of canonical tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from metric_library.column_lineage import ColumnLineage
from metric_library.library import Library, load_library
from metric_library.lineage import Edge, lineage_edges
from metric_library.normal_form import Unsupported, components_of, reduce_metric
from metric_library.readable import formula_text

PROJECT = Path(__file__).parents[3] / "dbt_project"


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library(PROJECT)


@pytest.fixture(scope="module")
def edges(library: Library) -> list[Edge]:
    return lineage_edges(library)


def test_nothing_is_wrong_with_it(library: Library) -> None:
    assert [str(problem) for problem in library.problems] == []
    assert not library.held_out


def test_every_metric_can_be_computed(library: Library) -> None:
    assert [name for name in library.metrics if isinstance(reduce_metric(library, name), Unsupported)] == []


def test_every_metric_that_another_names_is_there(library: Library) -> None:
    named = {
        (name, other)
        for name, metric in library.metrics.items()
        if metric.kpi
        for other in (*metric.kpi.counter_metrics, *metric.kpi.superseded_by)
    }
    assert {(name, other) for name, other in named if other not in library.metrics} == set()


def test_equal_ids_are_equal_components(library: Library) -> None:
    components = {c for name in library.metrics for c in components_of(library, name)}
    assert len({c.component_id for c in components}) == len(components)


def test_every_fact_can_be_read_without_dbt(library: Library) -> None:
    lineage = ColumnLineage(library.dbt_models)
    facts = {model.fact for model in library.semantic_models.values()}
    assert [fact for fact in sorted(facts) if not lineage.columns(fact)] == []


def test_every_metric_is_said_in_both_languages(library: Library) -> None:
    for name in library.metrics:
        assert formula_text(library, name, "en")
        assert formula_text(library, name, "zh") != formula_text(library, name, "en")


def test_every_metric_belongs_to_a_starter_pack(library: Library) -> None:
    assert [name for name, metric in library.metrics.items() if not (metric.kpi and metric.kpi.packs)] == []


def test_every_metric_leads_to_columns_of_canonical_tables(library: Library, edges: list[Edge]) -> None:
    below: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for edge in edges:
        below.setdefault((edge.from_type, edge.from_id), set()).add((edge.to_type, edge.to_id))

    def reached(start: tuple[str, str]) -> set[str]:
        found, pending = set(), [start]
        while pending:
            place = pending.pop()
            if place not in found:
                found.add(place)
                pending += below.get(place, ())
        return {kind for kind, _ in found}

    lost = [name for name in library.metrics if not {"table", "table_column"} <= reached(("metric", name))]
    assert lost == []
