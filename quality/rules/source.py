"""SRC: do the facts and the sources have what the definitions read?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from metric_library.column_lineage import ColumnLineage
from metric_library.library import SemanticModel
from metric_library.lineage import component_columns
from metric_library.normal_form import components_of
from metric_library.requirements import requirements, stated_needs
from quality.company import LostColumn
from quality.findings import Finding
from quality.rules.rule import Rule, Subject

if TYPE_CHECKING:
    from ingestion.contract import Contract


class InputsExist(Rule):
    """Facts without a model, columns that a fact does not have, and columns that a source lost."""

    rule_id = "SRC-01"
    severity = "error"
    title = "input column missing, type changed, or model not in dbt manifest"
    title_zh = "缺少输入字段或模型"
    holds_out = True

    def check(self, subject: Subject) -> Iterator[Finding]:
        lineage = subject.library.column_lineage
        for model in subject.library.semantic_models.values():
            if model.fact not in subject.library.dbt_models.files:
                yield self._no_model(model)
        yield from self._columns(subject, lineage)
        if subject.company is not None:
            yield from self._needs(subject, subject.company.contracts)
            for lost in subject.company.lost_columns():
                yield from self._lost(subject, lineage, lost)

    def _no_model(self, model: SemanticModel) -> Finding:
        return self.at(
            "semantic_model",
            model.name,
            model.file,
            model.line_of("model"),
            f"`{model.name}` measures {model.fact}, but no such model is in the dbt project",
            f"`{model.name}` 基于 {model.fact}，但 dbt 项目中没有该模型",
        )

    def _needs(self, subject: Subject, contracts: Mapping[str, Contract]) -> Iterator[Finding]:
        """Needs stated under `requires` that no contract knows: nothing could ever meet them."""
        for model in subject.library.semantic_models.values():
            places = [((), model.spec.config, "semantic_model", model.name)]
            places += [
                (("measures", index), measure.config, "measure", measure.name)
                for index, measure in enumerate(model.spec.measures)
            ]
            places += [
                (("dimensions", index), dimension.config, "dimension", dimension.name)
                for index, dimension in enumerate(model.spec.dimensions)
            ]
            for keys, config, object_type, name in places:
                options = [o.strip() for need in stated_needs(config) for o in need.split("|")]
                for option in options:
                    if not _is_known(option, contracts):
                        yield self.at(
                            object_type,
                            name,
                            model.file,
                            model.line_of(*keys, "config"),
                            f"`{name}` requires {option}, which no contract knows; correct the name",
                            f"`{name}` 所需的 {option} 不在任何数据契约中；请更正名称",
                        )

    def _columns(self, subject: Subject, lineage: ColumnLineage) -> Iterator[Finding]:
        library = subject.library
        for name, metric in library.computable.items():
            for component in components_of(library, name):
                for model, column in component_columns(component):
                    columns = lineage.columns(model)
                    if not columns or column in columns:
                        continue
                    yield self.metric(
                        metric,
                        metric.line_of("type_params"),
                        f"`{name}` reads {model}.{column}, which the model does not have; "
                        f"it has: {', '.join(columns)}",
                        f"`{name}` 读取 {model}.{column}，但该模型没有此字段；现有：{', '.join(columns)}",
                    )
                    break

    def _lost(self, subject: Subject, lineage: ColumnLineage, lost: LostColumn) -> Iterator[Finding]:
        """One finding for each metric that reads what the lost column filled."""
        for name, metric in subject.library.computable.items():
            if _reads(subject, lineage, name, lost):
                filled = ", ".join(f"{lost.table}.{column}" for column in lost.columns)
                yield self.metric(
                    metric,
                    metric.line,
                    f"`{name}` needs {filled}, but {lost.file} has lost the column "
                    f"'{lost.source_column}'; correct "
                    "the export, or the mapping in the profile",
                    f"`{name}` 需要 {filled}，但 {lost.file} 缺少列“{lost.source_column}”；"
                    "请更正导出文件或映射",
                )


class SourcesConnected(Rule):
    """Metrics that need what no source of the company fills. Nothing is wrong with them: they are not
    computable.
    """

    rule_id = "SRC-05"
    severity = "info"
    title = "metric needs a source class not connected -> not_computable"
    title_zh = "指标所需数据未接入，不可计算"

    def check(self, subject: Subject) -> Iterator[Finding]:
        for name, needs in subject.not_computable.items():
            metric = subject.library.metrics[name]
            listed = ", ".join(needs)
            yield self.metric(
                metric,
                metric.line,
                f"`{name}` is not computable here: no source fills {listed}",
                f"`{name}` 在此不可计算：没有数据源提供 {listed}",
            )


def _is_known(option: str, contracts: Mapping[str, Contract]) -> bool:
    domain, _, rest = option.partition(".")
    table, _, column = rest.partition(".")
    contract = contracts.get(f"{domain}.{table}")
    return contract is not None and (not column or column in contract.columns)


def _reads(subject: Subject, lineage: ColumnLineage, name: str, lost: LostColumn) -> bool:
    wanted = {(lost.table, column) for column in lost.columns}
    stated = {f"{table}.{column}" for table, column in wanted}
    for component in components_of(subject.library, name):
        options = {o.strip() for need in requirements(subject.library, component) for o in need.split("|")}
        landed = {pair for place in component_columns(component) for pair in lineage.landed(*place)}
        if stated & options or wanted & landed:
            return True
    return False
