"""Which domain answers for a failed model or test."""

import json

import pytest

from orchestration.dbt_results import BuildResult, failure_text, read_build

DOMAINS = {"hr", "sales", "ticketing", "library"}


def model(folders, *parents):
    return {
        "resource_type": "model",
        "name": folders.rpartition("/")[2],
        "fqn": ["goldthread", *folders.split("/")],
        "depends_on": {"nodes": list(parents)},
        "config": {},
    }


def check(*parents, attached):
    return {
        "resource_type": "test",
        "name": "a_test",
        "fqn": ["goldthread", "a_test"],
        "depends_on": {"nodes": list(parents)},
        "attached_node": attached,
        "config": {"severity": "ERROR"},
    }


NODES = {
    "model.stg_tickets": model("staging/ticketing/stg_tickets", "source.tickets"),
    "model.int_hr": model("intermediate/hr/int_hr", "source.employees"),
    "model.fct_ticket": model("marts/core/ticketing/fct_ticket", "model.stg_tickets", "model.int_hr"),
    "model.fct_order": model("marts/core/sales/fct_order", "source.orders", "model.int_hr"),
    "model.component_tickets": model(
        "marts/metrics/components/component_tickets", "model.fct_ticket", "model.int_hr"
    ),
    "model.headcount": model("marts/metrics/components/headcount", "model.int_hr"),
    "model.metric_value": model("marts/metrics/metric_value", "model.component_tickets", "model.fct_order"),
    "test.on_fct_ticket": check("model.fct_ticket", "model.int_hr", attached="model.fct_ticket"),
    "test.totals": check("model.fct_ticket", "model.fct_order", attached=None),
}
SOURCES = {
    "source.tickets": {"name": "ticketing__tickets"},
    "source.employees": {"name": "hr__employees"},
    "source.orders": {"name": "sales__orders"},
}


@pytest.fixture
def build(tmp_path):
    """A build in which the given nodes came out with a status."""

    def written(**statuses) -> BuildResult:
        results = [
            {
                "unique_id": f"{kind}.{name}",
                "status": status,
                "execution_time": 0.1,
                "failures": 3,
                "message": "no",
            }
            for key, status in statuses.items()
            for kind, _, name in [key.partition("_")]
        ]
        (tmp_path / "manifest.json").write_text(json.dumps({"nodes": NODES, "sources": SOURCES}))
        (tmp_path / "run_results.json").write_text(json.dumps({"results": results}))
        return read_build(tmp_path, DOMAINS)

    return written


@pytest.mark.parametrize(
    ("failed", "domain"),
    [
        ("model_stg_tickets", "ticketing"),
        ("model_fct_ticket", "ticketing"),
        ("model_component_tickets", "ticketing"),
        ("test_on_fct_ticket", "ticketing"),
        ("model_fct_order", "sales"),
        ("model_int_hr", "hr"),
        ("model_headcount", "hr"),
        ("model_metric_value", None),
        ("test_totals", None),
    ],
)
def test_the_domain_of_a_failure(build, failed, domain):
    result = build(**{failed: "error"})
    assert [node.domain for node in result.failed] == [domain]
    assert bool(result.shared_failures()) == (domain is None)
    assert set(result.failed_domains) == ({domain} if domain else set())


def test_a_shared_model_that_reads_a_held_domain_is_excused_and_a_test_is_not(build):
    result = build(model_metric_value="error", test_totals="fail")
    assert [node.kind for node in result.shared_failures({"ticketing"})] == ["test"]
    assert [node.kind for node in result.shared_failures({"library"})] == ["model", "test"]


def test_what_passed_was_skipped_or_only_warns_is_no_failure(build):
    result = build(model_fct_ticket="success", test_on_fct_ticket="warn", model_metric_value="skipped")
    assert result.failed == []


def test_a_failed_test_says_how_many_rows_break_it(build):
    assert failure_text(build(test_totals="fail").failed[0]) == "test a_test found 3 row(s) that break it"
    assert failure_text(build(model_fct_order="error").failed[0]) == "model fct_order failed: no"


def test_a_build_that_never_began_says_where_to_look(tmp_path):
    result = read_build(tmp_path, DOMAINS)
    assert str(tmp_path) in result.error
    assert "the night's log" in result.error
    assert result.failed == []
