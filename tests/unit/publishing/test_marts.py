"""Which models are marts."""

from publishing.marts import Mart, published_marts


def test_published_marts_are_those_of_the_schema_and_the_tagged_ones():
    def model(name, schema, tags=(), kind="model", **config):
        return {
            "resource_type": kind,
            "alias": name,
            "schema": schema,
            "tags": list(tags),
            "config": config,
            "description": "",
        }

    manifest = {
        "nodes": {
            "1": model("metric_value", "marts", meta={"grain": ["id"], "partitioned_by": "day"}),
            "2": model("dim_employee", "core", ["published"]),
            "3": model("stg_hr__employees", "staging"),
            "4": model("off", "marts", enabled=False),
            "5": model("inlined", "marts", materialized="ephemeral"),
            "6": model("not_null_x", "marts", kind="test"),
        }
    }
    assert published_marts(manifest) == [
        Mart("dim_employee", "core"),
        Mart("metric_value", "marts", ("id",), partitioned_by="day"),
    ]
