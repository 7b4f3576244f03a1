"""What is wrong with definitions that can be read: unknown inputs, cycles, filters and formulas that lead
nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping

from sqlglot import exp

from metric_library.dimensions import (
    Join,
    column_sql,
    dimension_sql,
    primary_entity,
    time_dimension,
    validity,
)
from metric_library.documents import KeyPath
from metric_library.elements import element_sql, entity_sql
from metric_library.expressions import canonical, parse_expression
from metric_library.filters import filter_sql
from metric_library.library import Library, Metric, SemanticModel
from metric_library.problems import DefinitionError, Problem
from metric_library.schema_errors import similar
from metric_library.spec import Measure

CONVERTIBLE = ("count", "sum", "sum_boolean", "count_distinct")
NEEDED = {
    "simple": ("measure",),
    "ratio": ("numerator", "denominator"),
    "derived": ("expr", "metrics"),
    "cumulative": ("measure",),
    "conversion": ("conversion_type_params",),
}


def problems_of(library: Library, unreadable: Mapping[str, Problem]) -> list[Problem]:
    """Every problem of the readable definitions.

    Names in `unreadable` exist, but stand in files that cannot be read: to use them is no mistake.
    """
    problems = [p for model in library.semantic_models.values() for p in _model_problems(model)]
    broken = {problem.semantic_model for problem in problems}
    cyclic = _cycles(library)
    problems += [_cycle_problem(library.definitions[name], cycle) for name, cycle in cyclic.items()]
    for name, metric in library.definitions.items():
        found = list(_metric_problems(library, metric, unreadable))
        models = {library.measures[measure][0].name for measure in library.measures_below(name)}
        if not found and name not in cyclic and not models & broken:
            found = list(_filter_problems(library, metric, broken))
        problems += found
    return problems


# --- semantic models ------------------------------------------------------------------------------


def _model_problems(model: SemanticModel) -> Iterator[Problem]:
    spec = model.spec

    def found(check: Callable[[], object], *keys: str | int) -> Iterator[Problem]:
        try:
            check()
        except DefinitionError as error:
            yield Problem(
                error.kind,
                model.file,
                model.line_of(*keys),
                error.message,
                error.message_zh,
                semantic_model=model.name,
            )

    for index, dimension in enumerate(spec.dimensions):
        yield from found(lambda d=dimension: column_sql(d), "dimensions", index, "expr")
        if dimension.type == "time" and dimension.type_params is None:
            yield from found(lambda d=dimension: _no_time_granularity(d.name), "dimensions", index)
    for index, entity in enumerate(spec.entities):
        yield from found(lambda e=entity: column_sql(e), "entities", index, "expr")
    for index, measure in enumerate(spec.measures):
        yield from found(lambda m=measure: canonical(measure_expression(m)), "measures", index, "expr")
        yield from found(lambda m=measure: time_dimension(spec, m), "measures", index, "agg_time_dimension")
        yield from found(lambda m=measure: _measure_parameters(model, m), "measures", index)
    yield from found(lambda: _element_names(model))
    yield from found(lambda: _dated(model), "dimensions")


def measure_expression(measure: Measure) -> str:
    """What a measure aggregates: its expression, or the column of its name."""
    return measure.name if measure.expr is None else str(measure.expr)


def _measure_parameters(model: SemanticModel, measure: Measure) -> None:
    if measure.non_additive_dimension:
        dimension_sql(model.spec, measure.non_additive_dimension.name)
    if measure.agg == "percentile" and (measure.agg_params is None or measure.agg_params.percentile is None):
        raise DefinitionError(
            "formula",
            f"measure `{measure.name}` is a percentile without agg_params.percentile; say which, such as 0.9",
            f"度量 `{measure.name}` 是百分位数，但缺少 agg_params.percentile；请写明，例如 0.9",
        )


def _no_time_granularity(name: str) -> None:
    raise DefinitionError(
        "schema",
        f"time dimension `{name}` has no type_params.time_granularity; say day",
        f"时间维度 `{name}` 缺少 type_params.time_granularity；请写 day",
    )


def _element_names(model: SemanticModel) -> None:
    """dbt refuses a semantic model with a name used twice, and dimensions without a primary entity."""
    spec = model.spec
    names = [item.name for item in (*spec.entities, *spec.dimensions, *spec.measures)]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise DefinitionError(
            "reference",
            f"`{model.name}` uses the name `{repeated[0]}` twice among entities, dimensions and "
            "measures; rename one",
            f"`{model.name}` 的实体、维度、度量中名称 `{repeated[0]}` 重复；请改名",
        )
    if spec.dimensions and primary_entity(spec) is None:
        raise DefinitionError(
            "reference",
            f"`{model.name}` has dimensions but no primary entity; mark one or set primary_entity",
            f"`{model.name}` 有维度但没有主实体；请标记一个或设置 primary_entity",
        )


def _dated(model: SemanticModel) -> None:
    """A dated model has a first and a last day, a natural key and no measures; others have no natural key."""
    spec = model.spec
    start, end = validity(spec)
    kinds = {entity.type for entity in spec.entities}
    if (start is None) != (end is None):
        raise DefinitionError(
            "reference",
            f"`{model.name}` says only one end of its validity; mark one dimension is_start and one is_end",
            f"`{model.name}` 只标明了有效期的一端；请分别标记 is_start 与 is_end",
        )
    if start and (spec.measures or "natural" not in kinds or kinds & {"primary", "unique"}):
        raise DefinitionError(
            "reference",
            f"`{model.name}` is dated: key it by an entity of type natural and keep measures elsewhere",
            f"`{model.name}` 带有效期：其键应为 natural 类型的实体，且不含度量",
        )
    if not start and "natural" in kinds:
        raise DefinitionError(
            "reference",
            f"`{model.name}` has a natural key, but no validity; mark its dates with validity_params",
            f"`{model.name}` 使用 natural 键但没有有效期；请用 validity_params 标明起止日",
        )


# --- metrics --------------------------------------------------------------------------------------


def _metric_problems(
    library: Library, metric: Metric, unreadable: Mapping[str, Problem]
) -> Iterator[Problem]:
    params = metric.spec.type_params
    for key in NEEDED[metric.spec.type]:
        if not getattr(params, key):
            yield _problem(
                metric,
                "denominator" if key == "denominator" else "formula",
                ("type_params",),
                f"a {metric.spec.type} metric needs type_params.{key}; add it",
                f"{metric.spec.type} 类型的指标需要 type_params.{key}，请补上",
            )
    for keys, name, known, what, what_zh in _references(library, metric):
        if name not in known and name not in unreadable:
            hint, hint_zh = similar(name, known)
            yield _problem(
                metric,
                "reference",
                ("type_params", *keys),
                f"unknown {what} `{name}`{hint}",
                f"未知{what_zh} `{name}`{hint_zh}",
            )
    if params.conversion_type_params and not _missing_measures(library, metric):
        yield from _conversion_problems(library, metric)
    if metric.spec.type == "derived" and params.expr:
        for message, message_zh in _expression_problems(metric):
            yield _problem(metric, "formula", ("type_params", "expr"), message, message_zh)


def _problem(metric: Metric, kind: str, keys: KeyPath, message: str, message_zh: str) -> Problem:
    return Problem(kind, metric.file, metric.line_of(*keys), message, message_zh, metric_id=metric.metric_id)


def _references(
    library: Library, metric: Metric
) -> Iterator[tuple[tuple[str | int, ...], str, object, str, str]]:
    params = metric.spec.type_params
    if metric.spec.type in ("simple", "cumulative") and params.measure:
        yield ("measure",), params.measure.name, library.measures, "measure", "度量"
    if metric.spec.type == "conversion" and params.conversion_type_params:
        for key in ("base_measure", "conversion_measure"):
            name = getattr(params.conversion_type_params, key).name
            yield ("conversion_type_params", key), name, library.measures, "measure", "度量"
    if metric.spec.type == "ratio":
        for key in ("numerator", "denominator"):
            if reference := getattr(params, key):
                yield (key,), reference.name, library.definitions, "metric", "指标"
    if metric.spec.type == "derived":
        for index, reference in enumerate(params.metrics):
            yield ("metrics", index), reference.name, library.definitions, "metric", "指标"


def _missing_measures(library: Library, metric: Metric) -> bool:
    return any(reference.name not in library.measures for reference in metric.spec.measures)


def _conversion_problems(library: Library, metric: Metric) -> Iterator[Problem]:
    """The entity and the constant properties must exist on both sides, and both sides count events."""
    params = metric.spec.type_params.conversion_type_params
    base, conversion = (library.measures[reference.name] for reference in metric.spec.measures)
    pairs = [("base_property", base), ("conversion_property", conversion)]
    checks = [(("entity",), entity_sql, model.spec, params.entity) for model, _ in (base, conversion)]
    checks += [
        (("constant_properties", index, side), element_sql, model.spec, getattr(constant, side))
        for index, constant in enumerate(params.constant_properties)
        for side, (model, _) in pairs
    ]
    for keys, check, model, name in checks:
        try:
            check(model, name)
        except DefinitionError as error:
            where = ("type_params", "conversion_type_params", *keys)
            yield _problem(metric, error.kind, where, error.message, error.message_zh)
    for key, (_, measure) in zip(("base_measure", "conversion_measure"), (base, conversion), strict=True):
        if measure.agg not in CONVERTIBLE:
            yield _problem(
                metric,
                "formula",
                ("type_params", "conversion_type_params", key),
                f"a conversion counts events; `{measure.name}` is a {measure.agg}: "
                f"use {', '.join(CONVERTIBLE)}",
                f"转化指标统计事件；`{measure.name}` 的聚合为 {measure.agg}，请改用 {'、'.join(CONVERTIBLE)}",
            )


def _expression_problems(metric: Metric) -> Iterator[tuple[str, str]]:
    names = {i.alias or i.name for i in metric.spec.type_params.metrics}
    try:
        tree = parse_expression(str(metric.spec.type_params.expr))
    except DefinitionError as error:
        yield error.message, error.message_zh
        return
    for name in sorted({column.name for column in tree.find_all(exp.Column)} - names):
        yield (
            f"the formula names `{name}`, which is not among its metrics{similar(name, names)[0]}",
            f"公式使用了 `{name}`，但它不在 metrics 列表中{similar(name, names)[1]}",
        )


def _filter_problems(library: Library, metric: Metric, broken: Container[str | None]) -> Iterator[Problem]:
    """A filter must hold for every measure below the metric that carries it, and join nothing broken."""
    for keys, filters, measures in _filters(library, metric):
        for name in measures if filters else ():
            model, measure = library.measures[name]
            try:
                found = filter_sql(filters, model.spec, model.date_column(measure), library.semantic_specs)
                _sound(found.joins, broken)
            except DefinitionError as error:
                yield _problem(metric, error.kind, keys, error.message, error.message_zh)
                break


def _sound(joins: Iterable[Join], broken: Container[str | None]) -> None:
    for join in joins:
        if join.semantic_model in broken:
            raise DefinitionError(
                "reference",
                f"its filter joins `{join.semantic_model}`, which cannot be used; correct that model",
                f"其筛选条件关联了不可用的 `{join.semantic_model}`；请先更正该语义模型",
            )


def _filters(library: Library, metric: Metric) -> Iterator[tuple[KeyPath, list[str], list[str]]]:
    """Each place where the metric may carry filters, with them and the measures below."""
    params = metric.spec.type_params
    yield ("filter",), metric.spec.filter, _filtered_measures(library, metric.metric_id)
    if params.conversion_type_params:
        for key in ("base_measure", "conversion_measure"):
            reference = getattr(params.conversion_type_params, key)
            keys = ("type_params", "conversion_type_params", key, "filter")
            yield keys, reference.filter, [reference.name]
    if params.measure:
        yield ("type_params", "measure", "filter"), params.measure.filter, [params.measure.name]
    for key, reference in (("numerator", params.numerator), ("denominator", params.denominator)):
        if reference:
            keys = ("type_params", key, "filter")
            yield keys, reference.filter, _filtered_measures(library, reference.name)
    for index, reference in enumerate(params.metrics):
        keys = ("type_params", "metrics", index, "filter")
        yield keys, reference.filter, _filtered_measures(library, reference.name)


def _filtered_measures(library: Library, metric_id: str) -> list[str]:
    """Measures that a filter of the metric concerns: of a conversion only that of the base events."""
    found: dict[str, None] = {}
    for name in library.metrics_below(metric_id):
        spec = library.definitions[name].spec
        measures = spec.measures[:1] if spec.type == "conversion" else spec.measures
        found |= {measure.name: None for measure in measures if measure.name in library.measures}
    return list(found)


# --- cycles ---------------------------------------------------------------------------------------


def _cycles(library: Library) -> dict[str, list[str]]:
    """Metrics that lead back to themselves, each with its way round."""
    found: dict[str, list[str]] = {}
    for start in library.definitions:
        way = _way_back(library, start)
        if way:
            found[start] = way
    return found


def _way_back(library: Library, start: str) -> list[str] | None:
    stack, seen = [[start]], set()
    while stack:
        way = stack.pop()
        for name in library.inputs_of(way[-1]):
            if name == start:
                return [*way, start]
            if name in library.definitions and name not in seen:
                seen.add(name)
                stack.append([*way, name])
    return None


def _cycle_problem(metric: Metric, cycle: list[str]) -> Problem:
    way = " → ".join(cycle)
    return Problem(
        "cycle",
        metric.file,
        metric.line_of("type_params"),
        f"the metric is made of itself: {way}; break the circle",
        f"指标循环引用自身：{way}；请断开循环",
        metric_id=metric.metric_id,
    )
