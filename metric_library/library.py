"""The library as it is on disk: every metric and semantic model with its file and line, and what is wrong
with each.

Reading never fails: a definition that cannot be used becomes a `Problem` with its place, it is held out
together with all that depends on it, and the rest stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from metric_library.column_lineage import ColumnLineage
from metric_library.dbt_models import DbtModels
from metric_library.dimensions import time_dimension
from metric_library.documents import Document, KeyPath, read_document
from metric_library.problems import Problem
from metric_library.schema_errors import explain
from metric_library.spec import Kpi, LibraryFile, Measure, MetricSpec, SemanticModelSpec

SEMANTIC_FOLDER = Path("models/semantic")
METRIC_FOLDER = Path("models/metrics")
_NAME = re.compile(r"\bname:\s*['\"]?(\w+)")
CARRIER_ENTITIES = ("position", "employee", "org_unit")


@dataclass(frozen=True)
class Definition:
    """Where a definition was written: its file, and the path of keys inside it."""

    file: Path
    document: Document = field(repr=False)
    path: KeyPath = ()

    @property
    def line(self) -> int:
        """First line of the definition."""
        return self.document.line(*self.path)

    def line_of(self, *keys: str | int) -> int:
        """Line of a key inside the definition, or of its nearest written ancestor."""
        return self.document.line(*self.path, *keys)


@dataclass(frozen=True, kw_only=True)
class Metric(Definition):
    """One metric; `kpi` is None for a building block that is only an input of others."""

    spec: MetricSpec
    perspective: str = ""

    @property
    def metric_id(self) -> str:
        """Its name, which is its id everywhere."""
        return self.spec.name

    @property
    def kpi(self) -> Kpi | None:
        """What it means to the company."""
        return self.spec.kpi

    def line_of_kpi(self, *keys: str | int) -> int:
        """Line of a key of the KPI block."""
        return self.line_of("config", "meta", "kpi", *keys)


@dataclass(frozen=True, kw_only=True)
class SemanticModel(Definition):
    """One fact with its entities, dimensions and measures."""

    spec: SemanticModelSpec

    @property
    def name(self) -> str:
        """Name of the semantic model."""
        return self.spec.name

    @property
    def fact(self) -> str:
        """dbt model behind it."""
        return self.spec.fact

    @property
    def attribution(self) -> str:
        """How its figures reach people: position, employee or org_unit; `shared` is the same for every
        subject.
        """
        names = {entity.name for entity in self.spec.entities}
        return next((carrier for carrier in CARRIER_ENTITIES if carrier in names), "shared")

    def date_column(self, measure: Measure) -> str:
        """SQL of the date on which a measure counts."""
        return time_dimension(self.spec, measure)


@dataclass(frozen=True)
class HeldOut:
    """A metric that tonight is not computed, with the reason; `cause` names the definition that is at
    fault.
    """

    metric_id: str
    file: Path
    line: int
    reason: str
    reason_zh: str
    cause: str


@dataclass(frozen=True)
class Library:
    """Everything that could be read.

    `definitions` holds every readable metric by name, `metrics` those that are KPIs (held out or not),
    `measures` each measure with its semantic model. `held_out` says which metrics must not be computed and
    why; a file that cannot be read stands there under its own stem. `switched_off_files` belong to starter
    packs that the company does not use.
    """

    project_dir: Path
    definitions: Mapping[str, Metric]
    semantic_models: Mapping[str, SemanticModel]
    measures: Mapping[str, tuple[SemanticModel, Measure]]
    problems: tuple[Problem, ...]
    held_out: Mapping[str, HeldOut]
    switched_off_files: frozenset[Path] = frozenset()
    memo: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """The metrics that mean something to the company, held out or not."""
        return {name: metric for name, metric in self.definitions.items() if metric.kpi is not None}

    @cached_property
    def computable(self) -> dict[str, Metric]:
        """The KPIs that are not held out."""
        return {name: metric for name, metric in self.metrics.items() if name not in self.held_out}

    @property
    def held_out_files(self) -> set[Path]:
        """Files that dbt must not see tonight."""
        files = {problem.file for problem in self.problems}
        return files | {held.file for held in self.held_out.values()} | self.switched_off_files

    def inputs_of(self, metric_id: str) -> list[str]:
        """Names of the metrics that a metric is made of."""
        return [i.name for i in self.definitions[metric_id].spec.inputs]

    def measures_below(self, metric_id: str) -> list[str]:
        """Measures that a metric finally reads; inputs that do not exist add none."""
        read = (
            m.name for name in self.metrics_below(metric_id) for m in self.definitions[name].spec.measures
        )
        return list(dict.fromkeys(name for name in read if name in self.measures))

    def metrics_below(self, metric_id: str) -> list[str]:
        """The metric and everything that it is made of; inputs that do not exist add none."""
        found: dict[str, None] = {}
        pending = [metric_id]
        while pending:
            name = pending.pop()
            if name not in found and name in self.definitions:
                found[name] = None
                pending += self.inputs_of(name)
        return list(found)

    @property
    def semantic_specs(self) -> tuple[SemanticModelSpec, ...]:
        """Every semantic model: what a fact may be joined to."""
        return tuple(model.spec for model in self.semantic_models.values())

    @property
    def dbt_models(self) -> DbtModels:
        """The SQL behind the facts."""
        return self.memo.setdefault("dbt models", DbtModels(self.project_dir))

    @property
    def column_lineage(self) -> ColumnLineage:
        """Where the columns of those models come from."""
        return self.memo.setdefault("column lineage", ColumnLineage(self.dbt_models))

    def dependants(self, metric_ids: Iterable[str]) -> dict[str, str]:
        """All metrics that rest on any of these, each with the direct input that is concerned."""
        found: dict[str, str] = {}
        frontier = set(metric_ids)
        while frontier:
            reached = {
                name: next(i for i in self.inputs_of(name) if i in frontier)
                for name in self.definitions
                if name not in found and frontier.intersection(self.inputs_of(name))
            }
            found |= reached
            frontier = set(reached)
        return found

    def hold_out(self, reasons: Mapping[str, HeldOut]) -> Library:
        """The library with these metrics held out too, and with them what shares their file or depends on
        them.
        """
        held = dict(self.held_out)
        pending = {name: reason for name, reason in reasons.items() if name not in held}
        while pending:
            held |= pending
            pending = {name: reason for name, reason in self._implied(held).items() if name not in held}
        return replace(self, held_out=dict(sorted(held.items())))

    def _implied(self, held: Mapping[str, HeldOut]) -> dict[str, HeldOut]:
        by_file = {reason.file: reason for reason in held.values()}
        implied = {}
        for name, metric in self.definitions.items():
            cause = next((held[i] for i in self.inputs_of(name) if i in held), None) or by_file.get(
                metric.file
            )
            if cause is not None:
                implied[name] = HeldOut(
                    name,
                    metric.file,
                    metric.line,
                    f"rests on `{cause.metric_id}`, which is held out: {cause.reason}",
                    f"依赖于已被搁置的 `{cause.metric_id}`：{cause.reason_zh}",
                    cause.cause,
                )
        return implied


def load_library(project_dir: Path, extra_metric_dirs: Sequence[Path] = ()) -> Library:
    """Read and check the library of a dbt project, with metric files of a company beside it."""
    reader = _LibraryReader()
    for folder in (project_dir / SEMANTIC_FOLDER, project_dir / METRIC_FOLDER, *extra_metric_dirs):
        for file in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
            reader.read(file, folder)
    library = Library(
        project_dir,
        dict(sorted(reader.metrics.items())),
        dict(sorted(reader.models.items())),
        dict(sorted(reader.measures.items())),
        (),
        {},
    )
    # The checks need the library's own types.
    from metric_library.slices import slice_problems
    from metric_library.validation import problems_of

    problems = (*reader.problems, *problems_of(library, reader.unreadable_names))
    sound = _held_out(replace(library, problems=problems), reader.unreadable_names)
    problems += tuple(slice_problems(sound))
    return _held_out(replace(sound, problems=problems), reader.unreadable_names)


def _held_out(library: Library, unreadable: Mapping[str, Problem]) -> Library:
    reasons: dict[str, HeldOut] = {}
    for problem in library.problems:
        for name in _concerned(library, problem):
            at = library.definitions.get(name)
            reasons.setdefault(
                name,
                HeldOut(
                    name,
                    at.file if at else problem.file,
                    at.line if at else problem.line,
                    problem.message,
                    problem.message_zh,
                    problem.metric_id or problem.semantic_model or name,
                ),
            )
    for name, metric in library.definitions.items():
        used = [*metric.spec.measures, *metric.spec.inputs]
        problem = next((unreadable[u.name] for u in used if u.name in unreadable), None)
        if problem is not None and problem.semantic_model and name not in reasons:
            reasons[name] = HeldOut(
                name,
                metric.file,
                metric.line,
                f"its semantic model cannot be used: {problem.message}",
                f"其语义模型不可用：{problem.message_zh}",
                problem.semantic_model,
            )
    return library.hold_out(reasons)


def _concerned(library: Library, problem: Problem) -> list[str]:
    """Metrics that a problem holds out by itself."""
    if problem.metric_id:
        return [problem.metric_id]
    of_model = {n for n, (model, _) in library.measures.items() if model.name == problem.semantic_model}
    return [n for n, m in library.definitions.items() if any(i.name in of_model for i in m.spec.measures)]


class _LibraryReader:
    """Collects definitions file by file; the first definition of a name stands, a second one is a problem."""

    def __init__(self) -> None:
        self.metrics: dict[str, Metric] = {}
        self.models: dict[str, SemanticModel] = {}
        self.measures: dict[str, tuple[SemanticModel, Measure]] = {}
        self.problems: list[Problem] = []
        self.unreadable_names: dict[str, Problem] = {}

    def read(self, file: Path, folder: Path) -> None:
        document, problems = read_document(file)
        is_semantic = folder.name == SEMANTIC_FOLDER.name
        if document is None:
            self._unreadable(file, problems, is_semantic)
            return
        if not isinstance(document.data, dict):
            text = "the file holds no keys; it starts with `metrics:` or `semantic_models:`"
            zh = "文件没有键；应以 `metrics:` 或 `semantic_models:` 开头"
            self._unreadable(file, [Problem("schema", file, 1, text, zh)], is_semantic)
            return
        self._entries(document, folder)

    def _unreadable(self, file: Path, problems: Sequence[Problem], is_semantic: bool) -> None:
        named = {"semantic_model": file.stem} if is_semantic else {"metric_id": file.stem}
        named_problems = [replace(problem, **named) for problem in problems]
        self.problems += named_problems
        text = file.read_text(encoding="utf-8", errors="replace")
        names = set(_NAME.findall(text))
        self.unreadable_names |= {name: named_problems[0] for name in names | {file.stem}}

    def _entries(self, document: Document, folder: Path) -> None:
        data, file = document.data, document.file
        for key in data:
            if key not in LibraryFile.model_fields:
                known = ", ".join(LibraryFile.model_fields)
                self.problems.append(
                    Problem(
                        "schema",
                        file,
                        document.line(key),
                        f"unknown key `{key}`; a library file has: {known}",
                        f"未知键 `{key}`；指标库文件可含：{known}",
                        metric_id=file.stem,
                    )
                )
        for index, entry in enumerate(data.get("semantic_models") or []):
            self._semantic_model(document, ("semantic_models", index), entry)
        for index, entry in enumerate(data.get("metrics") or []):
            self._metric(document, ("metrics", index), entry, _perspective(file, folder))

    def _metric(self, document: Document, path: KeyPath, entry: Any, perspective: str) -> None:
        name = _name(entry) or document.file.stem
        spec = self._validated(MetricSpec, entry, document, path, {"metric_id": name})
        if spec is None:
            self.unreadable_names[name] = self.problems[-1]
            return
        self._add_metric(Metric(document.file, document, path, spec=spec, perspective=perspective))

    def _add_metric(self, metric: Metric) -> None:
        first = self.metrics.setdefault(metric.metric_id, metric)
        if first is not metric:
            self._repeated("metric", metric.metric_id, metric, first, metric_id=metric.metric_id)

    def _semantic_model(self, document: Document, path: KeyPath, entry: Any) -> None:
        name = _name(entry) or document.file.stem
        spec = self._validated(SemanticModelSpec, entry, document, path, {"semantic_model": name})
        if spec is None:
            measures = entry.get("measures") if isinstance(entry, dict) else None
            names = {_name(m) for m in measures or []} if isinstance(measures, list) else set()
            self.unreadable_names |= {n: self.problems[-1] for n in names if n}
            return
        model = SemanticModel(document.file, document, path, spec=spec)
        if name in self.models:
            self._repeated("semantic model", name, model, self.models[name], semantic_model=name)
            return
        self.models[name] = model
        for index, measure in enumerate(spec.measures):
            self._measure(model, measure, (*path, "measures", index))

    def _measure(self, model: SemanticModel, measure: Measure, path: KeyPath) -> None:
        if measure.name in self.measures:
            other = self.measures[measure.name][0]
            at = Definition(model.file, model.document, path)
            self._repeated("measure", measure.name, at, other, semantic_model=model.name)
            return
        self.measures[measure.name] = (model, measure)
        if measure.create_metric:
            spec = MetricSpec(
                name=measure.name,
                label=measure.label or measure.name,
                type="simple",
                type_params={"measure": measure.name},
            )
            self._add_metric(Metric(model.file, model.document, path, spec=spec))

    def _repeated(self, what: str, name: str, at: Definition, first: Definition, **concerned: str) -> None:
        what_zh = {"metric": "指标", "measure": "度量", "semantic model": "语义模型"}[what]
        self.problems.append(
            Problem(
                "reference",
                at.file,
                at.line,
                f"the {what} `{name}` is already defined in {first.file}:{first.line}; rename or delete one",
                f"{what_zh} `{name}` 已在 {first.file}:{first.line} 定义；请改名或删除其一",
                **concerned,
            )
        )

    def _validated(
        self, model: type[BaseModel], entry: Any, document: Document, path: KeyPath, concerned: dict[str, str]
    ) -> Any:
        try:
            return model.model_validate(entry)
        except ValidationError as error:
            for detail in error.errors():
                keys, message, message_zh, kind = explain(detail, model, entry)
                line = document.line(*path, *keys)
                self.problems.append(Problem(kind, document.file, line, message, message_zh, **concerned))
            return None


def _name(entry: Any) -> str | None:
    return str(entry["name"]) if isinstance(entry, dict) and entry.get("name") else None


def _perspective(file: Path, folder: Path) -> str:
    """The folder under the metrics folder in which the file lies: its perspective."""
    inside = file.relative_to(folder).parts
    return inside[0] if len(inside) > 1 else ""
