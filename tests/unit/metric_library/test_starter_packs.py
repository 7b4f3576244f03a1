"""Which metrics a company has by its starter packs."""

import pytest
from small_library import SmallLibrary

from metric_library.library import Library
from metric_library.starter_packs import switched_on

PACKS = {
    "revenue": "sales",
    "revenue_per_fte": "finance",
    "average_fte": "hr",
    "closing_fte": "hr",
    "cancellation_rate": "service",
}


@pytest.fixture
def packed(small: SmallLibrary) -> SmallLibrary:
    """The small library, every metric but one in a pack."""
    for name, pack in PACKS.items():
        put_in(small, name, pack)
    return small


def put_in(small: SmallLibrary, name: str, pack: str) -> None:
    small.edit(f"{name}.yml", "status: published\n", f"status: published\n          packs: [{pack}]\n")


def with_packs(small: SmallLibrary, *packs: str) -> Library:
    return switched_on(small.load(), packs)


def test_a_pack_brings_its_metrics_and_those_without_a_pack(packed: SmallLibrary) -> None:
    library = with_packs(packed, "sales", "service")
    assert set(library.metrics) == {"revenue", "cancellation_rate", "kept_rate"}
    assert library.switched_off_files <= library.held_out_files
    assert {file.stem for file in library.switched_off_files} == {
        "revenue_per_fte",
        "average_fte",
        "closing_fte",
    }


def test_what_a_metric_is_made_of_comes_with_it(packed: SmallLibrary) -> None:
    library = with_packs(packed, "finance")
    assert set(library.metrics) == {
        "revenue_per_fte", "revenue", "average_fte", "kept_rate", "cancellation_rate",
    }  # fmt: skip
    assert set(library.computable) == set(library.metrics)


def test_no_list_of_packs_is_all_of_them_and_an_empty_one_is_none(packed: SmallLibrary) -> None:
    everything = packed.load()
    assert switched_on(everything, None) is everything
    assert set(with_packs(packed).metrics) == {"kept_rate", "cancellation_rate"}


def test_a_metric_that_is_switched_off_is_wrong_in_nobodys_eyes(packed: SmallLibrary) -> None:
    packed.edit("revenue.yml", "measure: order_amount", "measure: order_amont")
    assert set(with_packs(packed, "sales").held_out) == {"revenue"}
    library = with_packs(packed, "service")
    assert library.problems == ()
    assert library.held_out == {}
    assert packed.path("revenue.yml") in library.held_out_files, "dbt must not see it either"


def test_a_building_block_comes_and_goes_with_the_metrics_made_of_it(packed: SmallLibrary) -> None:
    block = packed.path("cancellation_rate.yml")
    block.write_text(block.read_text("utf-8").partition("    config:")[0], encoding="utf-8")
    put_in(packed, "kept_rate", "service")
    assert "cancellation_rate" in with_packs(packed, "service").definitions
    assert "cancellation_rate" not in with_packs(packed, "hr").definitions


def test_an_unknown_pack_of_a_metric_is_a_problem_with_the_known_ones(small: SmallLibrary) -> None:
    put_in(small, "revenue", "marketing")
    [problem] = [p for p in small.load().problems if p.metric_id == "revenue"]
    assert problem.line == small.line("revenue.yml", "packs:")
    assert "manufacturing" in problem.message
