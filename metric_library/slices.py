"""Slices: the figures of a metric by the values of a dimension, such as tickets by priority.

Slices partition the whole: every component of the metric has the dimension, its own or a joined one, and what
has no value there is a slice of its own. Components that are the same for every subject, such as calendar
days, are the same for every slice. What does not add up is refused, and so is personal data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from metric_library.dimensions import Join, merged
from metric_library.expressions import columns_of
from metric_library.filters import slice_sql
from metric_library.library import Library, Metric
from metric_library.normal_form import DIRECT, Component, Formula, Unsupported, reduce_metric
from metric_library.problems import DefinitionError, Problem
from metric_library.requirements import stated_needs
from metric_library.spec import SemanticModelSpec

UNITS = ("company", "division", "department", "team")


@dataclass(frozen=True)
class Slice:
    """One component by the values of one dimension.

    `dimension` is the name as the metric's file writes it, `sql` what it is over the component's fact and
    `joins`, those of the component's own filter included. `needs` are what the dimension needs of the
    sources, and `domains` those of the component and of what is joined.
    """

    component: Component
    dimension: str
    sql: str
    joins: tuple[Join, ...]
    needs: tuple[str, ...]
    domains: frozenset[str]


def slices_of(library: Library, metric_id: str) -> tuple[Slice, ...]:
    """Everything that a metric is sliced by; raises DefinitionError for what cannot be."""
    metric = library.metrics[metric_id]
    return tuple(s for dimension in metric.kpi.slices for s in _slices(library, metric, dimension))


def slice_problems(library: Library) -> list[Problem]:
    """Slices that cannot be computed, or must not, of metrics with which nothing else is wrong."""
    return [
        problem for metric in library.computable.values() for problem in _problems_of_metric(library, metric)
    ]


def _problems_of_metric(library: Library, metric: Metric) -> Iterator[Problem]:
    for index, dimension in enumerate(metric.kpi.slices):
        try:
            _slices(library, metric, dimension)
        except DefinitionError as error:
            line = metric.line_of_kpi("slices", index)
            yield Problem(
                error.kind, metric.file, line, error.message, error.message_zh, metric_id=metric.metric_id
            )


def _slices(library: Library, metric: Metric, dimension: str) -> list[Slice]:
    found = [_slice(library, component, dimension) for component in _components(library, metric, dimension)]
    for part in found:
        _check_privacy(library, part)
    return found


def _components(library: Library, metric: Metric, dimension: str) -> list[Component]:
    """The components that are sliced; raises DefinitionError where slices would not make up the whole."""
    form = reduce_metric(library, metric.metric_id)
    if isinstance(form, Unsupported):
        raise _refused(dimension, f"it {form.reason}", form.reason_zh)
    if isinstance(form, Formula):
        raise _refused(dimension, "it is a formula of other figures", "其为其他指标的公式")
    if any(term.offset or term.window for term in form.terms):
        raise _refused(dimension, "it takes figures of other periods", "其取用其他周期的数值")
    sliced = [c for c in form.components if c.attribution != "shared"]
    if any(c.time_aggregation == DIRECT for c in sliced):
        raise _refused(dimension, "its slices would not add up to the whole", "各切片相加不等于整体")
    if any(c.conversion for c in sliced):
        raise _refused(dimension, "it follows cases from one fact into another", "其跨事实表跟踪同一对象")
    if not set(metric.kpi.levels) & set(UNITS) or set(metric.kpi.grains) == {"day"} or not sliced:
        raise _refused(
            dimension,
            "slices are kept for org units, by week and longer; add such levels and grains",
            "切片只按组织单元、以周及更长周期发布；请补充相应的层级与粒度",
        )
    return sliced


def _slice(library: Library, component: Component, dimension: str) -> Slice:
    model = library.semantic_models[component.semantic_model].spec
    found = slice_sql(dimension, model, library.semantic_specs)
    broken = {problem.semantic_model for problem in library.problems}
    if unusable := [join.semantic_model for join in found.joins if join.semantic_model in broken]:
        raise _refused(dimension, f"`{unusable[0]}` cannot be used", f"`{unusable[0]}` 不可用")
    joined = {library.dbt_models.domain(join.model) for join in found.joins}
    return Slice(
        component=component,
        dimension=dimension,
        sql=str(found.sql),
        joins=merged((*component.joins, *found.joins)),
        needs=_needs(library, model, dimension, found.joins),
        domains=frozenset(joined.union(component.domains)),
    )


def _needs(
    library: Library, model: SemanticModelSpec, dimension: str, joins: Iterable[Join]
) -> tuple[str, ...]:
    """What the dimension and the model that has it need of the sources."""
    homes = [library.semantic_models[join.semantic_model].spec for join in joins] or [model]
    name = dimension.split("__")[-1]
    configs = [d.config for home in homes for d in home.dimensions if d.name == name]
    configs += [home.config for home in homes if home is not model]
    return tuple(need for config in configs for need in stated_needs(config))


def _check_privacy(library: Library, part: Slice) -> None:
    """A dimension must lead to columns of canonical tables, and to none with a class of personal data."""
    lineage = library.column_lineage
    read = _columns_read(part)
    landed = {place for model, column in read for place in lineage.landed(model, column)}
    if not landed:
        raise _refused(
            part.dimension,
            f"{part.sql} of {part.component.fact} leads to no column of a canonical table, so nobody can say "
            "whether it is personal",
            f"{part.component.fact} 的 {part.sql} 无法追溯到标准表字段，不能确认是否为个人信息",
        )
    for table, column in sorted(landed):
        if privacy := lineage.contracts[table].columns[column].privacy:
            raise _refused(
                part.dimension,
                f"it comes from {table}.{column}, which is {privacy} data",
                f"其来自 {table}.{column}，属于个人信息（{privacy}）",
            )


def _columns_read(part: Slice) -> list[tuple[str, str]]:
    """(model, column) pairs behind the dimension."""
    joined = {name: (join.model, sql) for join in part.joins for name, sql in join.columns}
    model, sql = joined.get(part.sql, (part.component.fact, part.sql))
    return [(model, column) for column in columns_of(sql)]


def _refused(dimension: str, reason: str, reason_zh: str) -> DefinitionError:
    return DefinitionError(
        "formula",
        f"the metric cannot be sliced by `{dimension}`: {reason}",
        f"该指标不能按 `{dimension}` 切片：{reason_zh}",
    )
