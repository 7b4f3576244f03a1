"""Two hashes of a metric: of what its figures mean, and of the words around them.

The fingerprint covers the canonical formula down to measures, filters and facts, and what else decides
whether two figures may be compared: unit, population, grains, and what NULL and a zero denominator mean.
The order of keys, spaces and names of inputs do not count. The SQL of the models upstream has a hash of its
own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlglot import exp

from metric_library.expressions import DIALECT, canonical, parse_expression
from metric_library.filters import filter_sql
from metric_library.library import Library, Metric
from metric_library.normal_form import Component, Formula, NormalForm, models_of, reduce_metric
from metric_library.spec import Kpi, MeasureInput, MetricInput
from metric_library.validation import measure_expression

NAMES = ("component_id", "semantic_model", "measure", "domain", "joined_domains")
MEANING = ("unit", "population", "grains", "null_policy", "zero_denominator")


def fingerprint(library: Library, metric_id: str) -> str:
    """SHA-256 over the metric's canonical formula and what makes its figures comparable."""
    metric = library.definitions[metric_id]
    kpi = metric.kpi.model_dump(mode="json", include=set(MEANING)) if metric.kpi else {}
    return _hash([_formula(library, metric), metric.spec.time_granularity, kpi])


def wording_hash(library: Library, metric_id: str) -> str:
    """SHA-256 over the rest of the definition: names, wording, owners, limits."""
    metric = library.definitions[metric_id]
    words = metric.spec.model_dump(
        mode="json", exclude={"type", "type_params", "filter", "time_granularity", "config"}
    )
    config = metric.spec.config.model_dump(mode="json")
    kpi = config["meta"].pop("kpi", None) or {}
    return _hash(
        [words, config, {key: kpi[key] for key in Kpi.model_fields if key in kpi and key not in MEANING}]
    )


def upstream_hash(library: Library, metric_id: str) -> str:
    """SHA-256 over the SQL of every dbt model that the metric's facts are built from."""
    models = library.dbt_models
    return _hash([models.sql_hash(model) for model in models_of(library, metric_id)])


def _formula(library: Library, metric: Metric) -> Any:
    form = reduce_metric(library, metric.metric_id)
    if isinstance(form, NormalForm):
        return _terms(form)
    if isinstance(form, Formula):
        inputs = [[_terms(i.form), i.null_policy, i.zero_denominator] for i in form.inputs]
        return {"expression": form.expression, "inputs": inputs}
    return _written(library, metric, ())


def _terms(form: NormalForm) -> list[Any]:
    return [
        [
            [
                _component(t.component),
                str(t.coefficient),
                t.per and _component(t.per),
                t.offset and str(t.offset),
                t.window and str(t.window),
            ]
            for t in side
        ]
        for side in (form.numerator, form.denominator)
    ]


def _component(component: Component) -> dict[str, Any]:
    """What a component is, apart from its names."""

    def meaning(content: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in content.items() if key not in NAMES}
        return (
            {**kept, "joins": [meaning(join) for join in content["joins"]]} if content.get("joins") else kept
        )

    content = meaning(asdict(component))
    return {**content, "conversion": content["conversion"] and meaning(content["conversion"])}


def _written(library: Library, metric: Metric, filters: tuple[str, ...]) -> Any:
    """The formula as written, with inputs in place of their names: for what has no normal form."""
    spec, params = metric.spec, metric.spec.type_params
    filters = (*filters, *spec.filter)

    def measure(reference: MeasureInput) -> Any:
        model, found = library.measures[reference.name]
        date = model.date_column(found)
        where = filter_sql((*filters, *reference.filter), model.spec, date, library.semantic_specs)
        return {
            "fact": model.fact,
            "agg": found.agg,
            "params": found.agg_params and found.agg_params.model_dump(),
            "expression": canonical(measure_expression(found)),
            "date": date,
            "over": found.non_additive_dimension and found.non_additive_dimension.model_dump(),
            "filter": where.sql,
            "joins": [
                {key: value for key, value in asdict(join).items() if key not in NAMES}
                for join in where.joins
            ],
        }

    def metric_input(reference: MetricInput) -> Any:
        inner = _written(library, library.definitions[reference.name], (*filters, *reference.filter))
        return [inner, reference.offset_window, reference.offset_to_grain]

    conversion = params.conversion_type_params
    return {
        "type": spec.type,
        "measures": [measure(reference) for reference in spec.measures],
        "inputs": [metric_input(reference) for reference in spec.inputs] if spec.type == "ratio" else [],
        "expression": _expression(metric, metric_input) if spec.type == "derived" else None,
        "cumulative": params.cumulative_type_params and params.cumulative_type_params.model_dump(),
        "window": [params.window, params.grain_to_date],
        "conversion": conversion
        and conversion.model_dump(mode="json", exclude={"base_measure", "conversion_measure"}),
    }


def _expression(metric: Metric, value_of: Callable[[MetricInput], Any]) -> str:
    """The derived formula with the content of each input in place of its name."""
    inputs = {reference.alias or reference.name: reference for reference in metric.spec.inputs}
    tree = parse_expression(canonical(str(metric.spec.type_params.expr)))
    for column in list(tree.find_all(exp.Column)):
        content = exp.Literal.string(_hash(value_of(inputs[column.name])))
        tree = content if column is tree else tree
        column.replace(content)
    return tree.sql(dialect=DIALECT)


def _hash(content: Any) -> str:
    text = json.dumps(
        _ordered(content), sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _ordered(content: Any) -> Any:
    """Lists of words are sets: levels, grains, tags."""
    if isinstance(content, dict):
        return {key: _ordered(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        items = [_ordered(item) for item in content]
        return sorted(items) if items and all(isinstance(item, str) for item in items) else items
    return content
