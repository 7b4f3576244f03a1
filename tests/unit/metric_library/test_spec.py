"""The published schema, and the words in which the file's author hears of an error."""

import json

import jsonschema
import yaml
from small_library import METRICS, SmallLibrary

from metric_library.spec import SCHEMA_FILE, json_schema


def test_published_schema_is_the_one_of_the_models() -> None:
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == json_schema(), (
        "kpi.schema.json has drifted; write it again with metric_library.spec.write_schema()"
    )


def test_published_schema_accepts_good_metrics_and_refuses_a_misspelt_key() -> None:
    schema = json_schema()
    good = yaml.safe_load(METRICS["financial/revenue.yml"])
    jsonschema.validate(good, schema)
    good["metrics"][0]["config"]["meta"]["kpi"]["stewart"] = "position:P-STEWARD"
    assert not jsonschema.Draft202012Validator(schema).is_valid(good)


def test_unknown_key_names_the_likely_one(small: SmallLibrary) -> None:
    small.edit("revenue.yml", "steward:", "stewart:")
    (problem,) = small.load().problems
    assert problem.line == small.line("revenue.yml", "stewart:")
    assert problem.metric_id == "revenue"
    assert "did you mean `steward`" in problem.message


def test_wrong_word_lists_the_right_ones(small: SmallLibrary) -> None:
    small.edit("revenue.yml", "direction: up", "direction: upward")
    (problem,) = small.load().problems
    assert problem.line == small.line("revenue.yml", "direction:")
    assert "'up', 'down', 'band' or 'maintain'" in problem.message
    assert "upward" in problem.message_zh


def test_position_must_be_written_as_one(small: SmallLibrary) -> None:
    small.edit("revenue.yml", "position:P-OWNER", "Wang")
    (problem,) = small.load().problems
    assert (problem.kind, problem.line) == ("schema", small.line("revenue.yml", "owner:"))
